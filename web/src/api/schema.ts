// Made by `npm run generate` from the label server's own description. Don't edit.

export interface paths {
    "/api/server/about": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * About
         * @description Name and version; answered to everybody.
         */
        get: operations["about"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/server/plugins": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Plugins
         * @description Optional parts of CVAT, of which this server has none.
         */
        get: operations["plugins"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/server/annotation/formats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Formats
         * @description File formats: this server imports and exports labels as JSON only.
         */
        get: operations["formats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/organizations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Organizations
         * @description There are no organizations here.
         */
        get: operations["organizations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/issues": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Issues
         * @description There are no issues (remarks of reviewers) here.
         */
        get: operations["issues"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Login
         * @description Sign in with a user name or an e-mail address and a password.
         */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Logout
         * @description Sign out: the session and its token stop working.
         */
        post: operations["logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/password/change": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change Password
         * @description Give oneself another password.
         */
        post: operations["change_password"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/sign-in-links": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create Sign In Link
         * @description A link that opens a page of this server in a browser, signed in as oneself, once.
         */
        post: operations["create_sign_in_link"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/access_tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Access Tokens
         * @description One's own personal access tokens, without their values.
         */
        get: operations["list_access_tokens"];
        put?: never;
        /**
         * Create Access Token
         * @description Make a personal access token; its value is told this once.
         */
        post: operations["create_access_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/access_tokens/{token_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete Access Token
         * @description Revoke one of one's own personal access tokens.
         */
        delete: operations["delete_access_token"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Users
         * @description Everybody.
         */
        get: operations["list_users"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/self": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Self
         * @description Oneself.
         */
        get: operations["get_self"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/users/{user_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get User
         * @description Somebody.
         */
        get: operations["get_user"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Projects
         * @description Projects that one may see, newest first.
         */
        get: operations["list_projects"];
        put?: never;
        /**
         * Create Project
         * @description Make a project.
         */
        post: operations["create_project"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/projects/{project_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Project
         * @description One project.
         */
        get: operations["get_project"];
        put?: never;
        post?: never;
        /**
         * Delete Project
         * @description Delete a project with its tasks, their media and labels.
         */
        delete: operations["delete_project"];
        options?: never;
        head?: never;
        /**
         * Patch Project
         * @description Change a project.
         */
        patch: operations["patch_project"];
        trace?: never;
    };
    "/api/tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Tasks
         * @description Tasks that one may see, newest first.
         */
        get: operations["list_tasks"];
        put?: never;
        /**
         * Create Task
         * @description Make a task; media follow with ``POST /api/tasks/ID/data``.
         */
        post: operations["create_task"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Task
         * @description One task.
         */
        get: operations["get_task"];
        put?: never;
        post?: never;
        /**
         * Delete Task
         * @description Delete a task with its media and labels.
         */
        delete: operations["delete_task"];
        options?: never;
        head?: never;
        /**
         * Patch Task
         * @description Change a task, its people or its label classes.
         */
        patch: operations["patch_task"];
        trace?: never;
    };
    "/api/tasks/{task_id}/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Status
         * @description How far reading the task's media has come (the older way; see ``/api/requests``).
         */
        get: operations["get_status"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/data": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Task Data
         * @description A frame or a chunk of frames (a ZIP archive), original or as JPEG.
         */
        get: operations["get_task_data"];
        put?: never;
        /**
         * Post Data
         * @description Send media: one step of an upload, or all of them at once.
         */
        post: operations["post_data"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/data/{upload_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Patch Upload
         * @description The next bytes of an announced file; `Upload-Offset` says where they belong.
         */
        patch: operations["patch_upload"];
        trace?: never;
    };
    "/api/jobs/{job_id}/data": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Job Data
         * @description A frame or a chunk of frames of a job; frames are counted from the beginning of the task.
         */
        get: operations["get_job_data"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Task Preview
         * @description A small JPEG of the first frame.
         */
        get: operations["get_task_preview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/jobs/{job_id}/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Job Preview
         * @description A small JPEG of the job's first frame.
         */
        get: operations["get_job_preview"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tasks/{task_id}/data/meta": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Task Meta
         * @description The frames of a task: names and sizes in pixels.
         */
        get: operations["get_task_meta"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Patch Task Meta
         * @description Say which frames of a task are left out of the work; nothing of them is deleted.
         */
        patch: operations["patch_task_meta"];
        trace?: never;
    };
    "/api/jobs/{job_id}/data/meta": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Job Meta
         * @description The frames of a job: names and sizes in pixels.
         */
        get: operations["get_job_meta"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Patch Job Meta
         * @description Say which frames of a job are left out of the work; nothing of them is deleted.
         */
        patch: operations["patch_job_meta"];
        trace?: never;
    };
    "/api/tasks/{task_id}/annotations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Task Annotations
         * @description All labels of a task, those of its jobs together.
         */
        get: operations["get_task_annotations"];
        /**
         * Put Task Annotations
         * @description Replace all labels of a task.
         */
        put: operations["put_task_annotations"];
        post?: never;
        /**
         * Delete Task Annotations
         * @description Delete all labels of a task.
         */
        delete: operations["delete_task_annotations"];
        options?: never;
        head?: never;
        /**
         * Patch Task Annotations
         * @description Add, change or delete some labels of a task; `action` is create, update or delete.
         */
        patch: operations["patch_task_annotations"];
        trace?: never;
    };
    "/api/jobs/{job_id}/annotations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Job Annotations
         * @description All labels of a job; frames are counted from the beginning of the task.
         */
        get: operations["get_job_annotations"];
        /**
         * Put Job Annotations
         * @description Replace all labels of a job.
         */
        put: operations["put_job_annotations"];
        post?: never;
        /**
         * Delete Job Annotations
         * @description Delete all labels of a job.
         */
        delete: operations["delete_job_annotations"];
        options?: never;
        head?: never;
        /**
         * Patch Job Annotations
         * @description Add, change or delete some labels of a job; `action` is create, update or delete.
         */
        patch: operations["patch_job_annotations"];
        trace?: never;
    };
    "/api/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Jobs
         * @description Jobs that one may see, newest first; `task_id` for those of one task.
         */
        get: operations["list_jobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/jobs/{job_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Job
         * @description One job.
         */
        get: operations["get_job"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Patch Job
         * @description Give a job to somebody, or move it to another stage or state.
         */
        patch: operations["patch_job"];
        trace?: never;
    };
    "/api/labels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Labels
         * @description Label classes of a task (`task_id`), a job (`job_id`), a project (`project_id`), or all.
         */
        get: operations["list_labels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/labels/{label_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Label
         * @description One label class.
         */
        get: operations["get_label"];
        put?: never;
        post?: never;
        /**
         * Delete Label
         * @description Delete a label class together with all labels of it.
         */
        delete: operations["delete_label"];
        options?: never;
        head?: never;
        /**
         * Patch Label
         * @description Change a label class.
         */
        patch: operations["patch_label"];
        trace?: never;
    };
    "/api/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List Requests
         * @description Requests, newest first.
         */
        get: operations["list_requests"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/requests/{request_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get Request
         * @description One request; its `message` says why it failed.
         */
        get: operations["get_request"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * About
         * @description What this server is; `version` is that of the API it speaks.
         */
        About: {
            /** Name */
            name: string;
            /** Description */
            description: string;
            /** Version */
            version: string;
            /** Logo Url */
            logo_url: string;
            /** Subtitle */
            subtitle: string;
        };
        /**
         * AccessTokenIn
         * @description A personal access token to be made.
         */
        AccessTokenIn: {
            /** Name */
            name: string;
            /** Expiry Date */
            expiry_date?: string | null;
            /**
             * Read Only
             * @default false
             */
            read_only: boolean;
        };
        /**
         * AccessTokenOut
         * @description A personal access token; `value` is told once, when it is made.
         */
        AccessTokenOut: {
            /** Id */
            id: number;
            /** Name */
            name: string;
            /**
             * Created Date
             * Format: date-time
             */
            created_date: string;
            /**
             * Updated Date
             * Format: date-time
             */
            updated_date: string;
            /** Expiry Date */
            expiry_date: string | null;
            /** Last Used Date */
            last_used_date: string | null;
            /** Read Only */
            read_only: boolean;
            owner: components["schemas"]["BasicUser"];
            /** Value */
            value?: string | null;
        };
        /**
         * Attribute
         * @description An attribute of a label class.
         */
        Attribute: {
            /** Id */
            id: number;
            /** Name */
            name: string;
            /** Mutable */
            mutable: boolean;
            /**
             * Input Type
             * @enum {string}
             */
            input_type: "checkbox" | "radio" | "number" | "text" | "select";
            /** Default Value */
            default_value: string;
            /** Values */
            values: string[];
        };
        /**
         * AttributeIn
         * @description An attribute of a label class to be made; with `id`, one that is there.
         */
        AttributeIn: {
            /** Name */
            name: string;
            /**
             * Mutable
             * @default false
             */
            mutable: boolean;
            /**
             * Input Type
             * @default text
             * @enum {string}
             */
            input_type: "checkbox" | "radio" | "number" | "text" | "select";
            /**
             * Values
             * @default []
             */
            values: string[];
            /** Default Value */
            default_value?: string | null;
            /** Id */
            id?: number | null;
        };
        /**
         * AttributeValue
         * @description The value of one attribute of one label; numbers are kept as their text.
         */
        AttributeValue: {
            /** Spec Id */
            spec_id: number;
            /** Value */
            value: string;
        };
        /**
         * BasicUser
         * @description Somebody, in short.
         */
        BasicUser: {
            /** Url */
            url: string;
            /** Id */
            id: number;
            /** Username */
            username: string;
            /** First Name */
            first_name: string;
            /** Last Name */
            last_name: string;
        };
        /**
         * DataMeta
         * @description The frames of a task or a job.
         */
        DataMeta: {
            /**
             * Chunks Updated Date
             * Format: date-time
             */
            chunks_updated_date: string;
            /** Chunk Size */
            chunk_size: number | null;
            /** Size */
            size: number;
            /** Image Quality */
            image_quality: number;
            /** Start Frame */
            start_frame: number;
            /** Stop Frame */
            stop_frame: number;
            /** Frame Filter */
            frame_filter: string;
            /** Frames */
            frames: components["schemas"]["FrameMeta"][];
            /** Deleted Frames */
            deleted_frames: number[];
            /** Included Frames */
            included_frames: number[] | null;
            /**
             * Storage
             * @constant
             */
            storage: "local";
            /** Cloud Storage Id */
            cloud_storage_id: number | null;
        };
        /**
         * DataMetaPatch
         * @description Frames to be left out of the work; nothing of them is deleted.
         */
        DataMetaPatch: {
            /** Deleted Frames */
            deleted_frames: number[];
        };
        /**
         * DataRequestOut
         * @description What was understood of an upload, and the request that reads it.
         */
        DataRequestOut: {
            /** Chunk Size */
            chunk_size: number | null;
            /** Image Quality */
            image_quality: number;
            /** Start Frame */
            start_frame: number;
            /** Stop Frame */
            stop_frame: number;
            /** Frame Filter */
            frame_filter: string;
            /** Client Files */
            client_files: string[];
            /** Server Files */
            server_files: string[];
            /** Remote Files */
            remote_files: string[];
            /** Use Zip Chunks */
            use_zip_chunks: boolean;
            /** Server Files Exclude */
            server_files_exclude: string[];
            /** Use Cache */
            use_cache: boolean;
            /** Copy Data */
            copy_data: boolean;
            /** Storage Method */
            storage_method: string;
            /** Storage */
            storage: string;
            /** Sorting Method */
            sorting_method: string;
            /** Filename Pattern */
            filename_pattern: string | null;
            /** Rq Id */
            rq_id: string;
        };
        /**
         * Detail
         * @description One sentence.
         */
        Detail: {
            /** Detail */
            detail: string;
        };
        /**
         * Element
         * @description One point of a skeleton.
         */
        Element: {
            /**
             * Type
             * @enum {string}
             */
            type: "rectangle" | "polygon" | "polyline" | "points" | "ellipse" | "cuboid" | "mask" | "skeleton";
            /**
             * Occluded
             * @default false
             */
            occluded: boolean;
            /**
             * Outside
             * @default false
             */
            outside: boolean;
            /**
             * Z Order
             * @default 0
             */
            z_order: number;
            /**
             * Rotation
             * @default 0
             */
            rotation: number;
            /**
             * Points
             * @default []
             */
            points: number[];
            /** Label Id */
            label_id: number;
            /** Frame */
            frame: number;
            /** Id */
            id?: number | null;
            /** Group */
            group?: number | null;
            /**
             * Source
             * @default manual
             */
            source: string;
            /**
             * Attributes
             * @default []
             */
            attributes: components["schemas"]["AttributeValue"][];
            /**
             * Score
             * @default 1
             */
            score: number;
        };
        /**
         * FrameMeta
         * @description One frame: its size as it is shown, in pixels.
         */
        FrameMeta: {
            /** Width */
            width: number;
            /** Height */
            height: number;
            /** Name */
            name: string;
            /** Related Files */
            related_files: number;
            /** Has Related Context */
            has_related_context: boolean;
        };
        /** HTTPValidationError */
        HTTPValidationError: {
            /** Detail */
            detail?: components["schemas"]["ValidationError"][];
        };
        /**
         * JobOut
         * @description A job.
         */
        JobOut: {
            /** Url */
            url: string;
            /** Id */
            id: number;
            /** Task Id */
            task_id: number;
            /** Task Name */
            task_name: string;
            /** Project Id */
            project_id: number | null;
            /** Project Name */
            project_name: string | null;
            assignee: components["schemas"]["BasicUser"] | null;
            /** Guide Id */
            guide_id: number | null;
            /** Dimension */
            dimension: string;
            /** Bug Tracker */
            bug_tracker: string | null;
            /**
             * Status
             * @enum {string}
             */
            status: "annotation" | "validation" | "completed";
            /**
             * Stage
             * @enum {string}
             */
            stage: "annotation" | "validation" | "acceptance";
            /**
             * State
             * @enum {string}
             */
            state: "new" | "in progress" | "completed" | "rejected";
            /** Mode */
            mode: string;
            /** Frame Count */
            frame_count: number;
            /** Start Frame */
            start_frame: number;
            /** Stop Frame */
            stop_frame: number;
            /** Data Chunk Size */
            data_chunk_size: number | null;
            /**
             * Data Compressed Chunk Type
             * @constant
             */
            data_compressed_chunk_type: "imageset";
            /**
             * Data Original Chunk Type
             * @constant
             */
            data_original_chunk_type: "imageset";
            /**
             * Created Date
             * Format: date-time
             */
            created_date: string;
            /**
             * Updated Date
             * Format: date-time
             */
            updated_date: string;
            issues: components["schemas"]["Summary"];
            labels: components["schemas"]["LabelsSummary"];
            /**
             * Type
             * @constant
             */
            type: "annotation";
            /** Organization */
            organization: number | null;
            /** Target Storage */
            target_storage: null;
            /** Source Storage */
            source_storage: null;
        };
        /**
         * JobPatch
         * @description Changes to a job; `assignee` is a user's id, or null for nobody.
         */
        JobPatch: {
            /** Assignee */
            assignee?: number | null;
            /** Stage */
            stage?: ("annotation" | "validation" | "acceptance") | null;
            /** State */
            state?: ("new" | "in progress" | "completed" | "rejected") | null;
        };
        /**
         * JobsSummary
         * @description How many jobs a task has, how many are done, how many are being checked.
         */
        JobsSummary: {
            /** Count */
            count: number;
            /** Completed */
            completed: number;
            /** Validation */
            validation: number;
            /** Url */
            url: string;
        };
        /**
         * LabelIn
         * @description A label class to be made, changed (`id`) or deleted (`id`, `deleted`).
         */
        LabelIn: {
            /** Name */
            name?: string | null;
            /** Color */
            color?: string | null;
            /** Type */
            type?: ("any" | "cuboid" | "ellipse" | "mask" | "points" | "polygon" | "polyline" | "rectangle" | "skeleton" | "tag") | null;
            /**
             * Attributes
             * @default []
             */
            attributes: components["schemas"]["AttributeIn"][];
            /**
             * Svg
             * @default
             */
            svg: string;
            /**
             * Sublabels
             * @default []
             */
            sublabels: components["schemas"]["SublabelIn"][];
            /** Id */
            id?: number | null;
            /**
             * Deleted
             * @default false
             */
            deleted: boolean;
        };
        /**
         * LabelOut
         * @description A label class.
         */
        LabelOut: {
            /** Id */
            id: number;
            /** Name */
            name: string;
            /** Color */
            color: string;
            /** Attributes */
            attributes: components["schemas"]["Attribute"][];
            /** Type */
            type: string;
            /** Sublabels */
            sublabels: components["schemas"]["Sublabel"][];
            /** Task Id */
            task_id?: number | null;
            /** Project Id */
            project_id?: number | null;
            /** Parent Id */
            parent_id: number | null;
            /** Has Parent */
            has_parent: boolean;
            /** Svg */
            svg?: string | null;
        };
        /**
         * LabelPatch
         * @description Changes to one label class.
         */
        LabelPatch: {
            /** Name */
            name?: string | null;
            /** Color */
            color?: string | null;
            /** Type */
            type?: ("any" | "cuboid" | "ellipse" | "mask" | "points" | "polygon" | "polyline" | "rectangle" | "skeleton" | "tag") | null;
            /**
             * Attributes
             * @default []
             */
            attributes: components["schemas"]["AttributeIn"][];
        };
        /**
         * LabeledData
         * @description All labels of a task or a job.
         */
        LabeledData: {
            /**
             * Version
             * @default 0
             */
            version: number;
            /**
             * Tags
             * @default []
             */
            tags: components["schemas"]["LabeledTag"][];
            /**
             * Shapes
             * @default []
             */
            shapes: components["schemas"]["LabeledShape"][];
            /**
             * Tracks
             * @default []
             */
            tracks: components["schemas"]["LabeledTrack"][];
        };
        /**
         * LabeledShape
         * @description One drawn label.
         *
         *     `points` depends on `type`: rectangle x1, y1, x2, y2; ellipse centre x, y, right x, top y;
         *     polygon, polyline and points x, y, …; cuboid its eight corners; mask run lengths (starting with
         *     zeros, row by row inside of the box), then left, top, right, bottom; skeleton none.
         */
        LabeledShape: {
            /**
             * Type
             * @enum {string}
             */
            type: "rectangle" | "polygon" | "polyline" | "points" | "ellipse" | "cuboid" | "mask" | "skeleton";
            /**
             * Occluded
             * @default false
             */
            occluded: boolean;
            /**
             * Outside
             * @default false
             */
            outside: boolean;
            /**
             * Z Order
             * @default 0
             */
            z_order: number;
            /**
             * Rotation
             * @default 0
             */
            rotation: number;
            /**
             * Points
             * @default []
             */
            points: number[];
            /** Label Id */
            label_id: number;
            /** Frame */
            frame: number;
            /** Id */
            id?: number | null;
            /** Group */
            group?: number | null;
            /**
             * Source
             * @default manual
             */
            source: string;
            /**
             * Attributes
             * @default []
             */
            attributes: components["schemas"]["AttributeValue"][];
            /**
             * Score
             * @default 1
             */
            score: number;
            /**
             * Elements
             * @default []
             */
            elements: components["schemas"]["Element"][];
        };
        /**
         * LabeledTag
         * @description A class for a whole frame.
         */
        LabeledTag: {
            /** Label Id */
            label_id: number;
            /** Frame */
            frame: number;
            /** Id */
            id?: number | null;
            /** Group */
            group?: number | null;
            /**
             * Source
             * @default manual
             */
            source: string;
            /**
             * Attributes
             * @default []
             */
            attributes: components["schemas"]["AttributeValue"][];
        };
        /**
         * LabeledTrack
         * @description One label that is followed over frames.
         */
        LabeledTrack: {
            /** Label Id */
            label_id: number;
            /** Frame */
            frame: number;
            /** Id */
            id?: number | null;
            /** Group */
            group?: number | null;
            /**
             * Source
             * @default manual
             */
            source: string;
            /**
             * Attributes
             * @default []
             */
            attributes: components["schemas"]["AttributeValue"][];
            /** Shapes */
            shapes: components["schemas"]["TrackedShape"][];
            /**
             * Elements
             * @default []
             */
            elements: components["schemas"]["TrackElement"][];
        };
        /**
         * LabelsSummary
         * @description Where to read label classes.
         */
        LabelsSummary: {
            /** Url */
            url: string;
        };
        /**
         * Login
         * @description User name or e-mail address, and password.
         */
        Login: {
            /**
             * Username
             * @default
             */
            username: string;
            /**
             * Email
             * @default
             */
            email: string;
            /**
             * Password
             * @default
             */
            password: string;
        };
        /** Page[AccessTokenOut] */
        Page_AccessTokenOut_: {
            /** Count */
            count: number;
            /** Next */
            next: string | null;
            /** Previous */
            previous: string | null;
            /** Results */
            results: components["schemas"]["AccessTokenOut"][];
        };
        /** Page[JobOut] */
        Page_JobOut_: {
            /** Count */
            count: number;
            /** Next */
            next: string | null;
            /** Previous */
            previous: string | null;
            /** Results */
            results: components["schemas"]["JobOut"][];
        };
        /** Page[LabelOut] */
        Page_LabelOut_: {
            /** Count */
            count: number;
            /** Next */
            next: string | null;
            /** Previous */
            previous: string | null;
            /** Results */
            results: components["schemas"]["LabelOut"][];
        };
        /** Page[ProjectOut] */
        Page_ProjectOut_: {
            /** Count */
            count: number;
            /** Next */
            next: string | null;
            /** Previous */
            previous: string | null;
            /** Results */
            results: components["schemas"]["ProjectOut"][];
        };
        /** Page[RequestOut] */
        Page_RequestOut_: {
            /** Count */
            count: number;
            /** Next */
            next: string | null;
            /** Previous */
            previous: string | null;
            /** Results */
            results: components["schemas"]["RequestOut"][];
        };
        /** Page[TaskOut] */
        Page_TaskOut_: {
            /** Count */
            count: number;
            /** Next */
            next: string | null;
            /** Previous */
            previous: string | null;
            /** Results */
            results: components["schemas"]["TaskOut"][];
        };
        /** Page[Union[UserOut, BasicUser]] */
        Page_Union_UserOut__BasicUser__: {
            /** Count */
            count: number;
            /** Next */
            next: string | null;
            /** Previous */
            previous: string | null;
            /** Results */
            results: (components["schemas"]["UserOut"] | components["schemas"]["BasicUser"])[];
        };
        /** Page[dict[str, Any]] */
        Page_dict_str__Any__: {
            /** Count */
            count: number;
            /** Next */
            next: string | null;
            /** Previous */
            previous: string | null;
            /** Results */
            results: {
                [key: string]: unknown;
            }[];
        };
        /**
         * PasswordChange
         * @description The old password, and the new one twice.
         */
        PasswordChange: {
            /** Old Password */
            old_password: string;
            /** New Password1 */
            new_password1: string;
            /** New Password2 */
            new_password2: string;
        };
        /**
         * ProjectIn
         * @description A project to be made.
         */
        ProjectIn: {
            /** Name */
            name: string;
            /**
             * Labels
             * @default []
             */
            labels: components["schemas"]["LabelIn"][];
            /** Owner Id */
            owner_id?: number | null;
            /** Assignee Id */
            assignee_id?: number | null;
            /**
             * Bug Tracker
             * @default
             */
            bug_tracker: string;
        };
        /**
         * ProjectOut
         * @description A project.
         */
        ProjectOut: {
            /** Url */
            url: string;
            /** Id */
            id: number;
            /** Name */
            name: string;
            owner: components["schemas"]["BasicUser"] | null;
            assignee: components["schemas"]["BasicUser"] | null;
            /** Guide Id */
            guide_id: number | null;
            /** Bug Tracker */
            bug_tracker: string;
            /**
             * Created Date
             * Format: date-time
             */
            created_date: string;
            /**
             * Updated Date
             * Format: date-time
             */
            updated_date: string;
            /**
             * Status
             * @enum {string}
             */
            status: "annotation" | "validation" | "completed";
            /** Dimension */
            dimension: string | null;
            /** Organization */
            organization: number | null;
            /** Target Storage */
            target_storage: null;
            /** Source Storage */
            source_storage: null;
            tasks: components["schemas"]["Summary"];
            labels: components["schemas"]["LabelsSummary"];
            /** Task Subsets */
            task_subsets: string[];
        };
        /**
         * ProjectPatch
         * @description Changes to a project.
         */
        ProjectPatch: {
            /** Name */
            name?: string | null;
            /**
             * Labels
             * @default []
             */
            labels: components["schemas"]["LabelIn"][];
            /** Owner Id */
            owner_id?: number | null;
            /** Assignee Id */
            assignee_id?: number | null;
            /** Bug Tracker */
            bug_tracker?: string | null;
        };
        /**
         * RequestOperation
         * @description What is being done, to what.
         */
        RequestOperation: {
            /** Type */
            type: string;
            /** Target */
            target: string;
            /** Project Id */
            project_id: number | null;
            /** Task Id */
            task_id: number | null;
            /** Job Id */
            job_id: number | null;
            /** Org Id */
            org_id: number | null;
            /** Format */
            format: string | null;
        };
        /**
         * RequestOut
         * @description Work that goes on after its request was answered.
         */
        RequestOut: {
            /**
             * Status
             * @enum {string}
             */
            status: "queued" | "started" | "failed" | "finished";
            /** Message */
            message: string;
            /** Id */
            id: string;
            operation: components["schemas"]["RequestOperation"];
            /** Progress */
            progress: number | null;
            /**
             * Created Date
             * Format: date-time
             */
            created_date: string;
            /** Started Date */
            started_date: string | null;
            /** Finished Date */
            finished_date: string | null;
            /** Expiry Date */
            expiry_date: string | null;
            owner: components["schemas"]["RequestOwner"] | null;
            /** Result Url */
            result_url: string | null;
            /** Result Id */
            result_id: number | null;
        };
        /**
         * RequestOwner
         * @description Who asked for it.
         */
        RequestOwner: {
            /** Id */
            id: number;
            /** Username */
            username: string;
        };
        /**
         * SignInLinkIn
         * @description The page that the link shall open.
         */
        SignInLinkIn: {
            /**
             * Path
             * @default /
             */
            path: string;
        };
        /**
         * SignInLinkOut
         * @description A link that signs a browser in, once.
         */
        SignInLinkOut: {
            /** Url */
            url: string;
        };
        /**
         * Sublabel
         * @description A point of a skeleton.
         */
        Sublabel: {
            /** Id */
            id: number;
            /** Name */
            name: string;
            /** Color */
            color: string;
            /** Attributes */
            attributes: components["schemas"]["Attribute"][];
            /** Type */
            type: string;
            /**
             * Has Parent
             * @default true
             */
            has_parent: boolean;
        };
        /**
         * SublabelIn
         * @description A point of a skeleton to be made.
         */
        SublabelIn: {
            /** Name */
            name: string;
            /**
             * Color
             * @default
             */
            color: string;
            /**
             * Type
             * @default points
             * @enum {string}
             */
            type: "any" | "cuboid" | "ellipse" | "mask" | "points" | "polygon" | "polyline" | "rectangle" | "skeleton" | "tag";
            /**
             * Attributes
             * @default []
             */
            attributes: components["schemas"]["AttributeIn"][];
            /** Id */
            id?: number | null;
        };
        /**
         * Summary
         * @description Where to read a list, and its length.
         */
        Summary: {
            /** Url */
            url: string;
            /** Count */
            count?: number | null;
        };
        /**
         * TaskIn
         * @description A task to be made: with label classes of its own, or in a project with the project's.
         */
        TaskIn: {
            /** Name */
            name: string;
            /**
             * Labels
             * @default []
             */
            labels: components["schemas"]["LabelIn"][];
            /** Project Id */
            project_id?: number | null;
            /** Owner Id */
            owner_id?: number | null;
            /** Assignee Id */
            assignee_id?: number | null;
            /**
             * Bug Tracker
             * @default
             */
            bug_tracker: string;
            /**
             * Subset
             * @default
             */
            subset: string;
            /** Overlap */
            overlap?: number | null;
            /**
             * Segment Size
             * @default 0
             */
            segment_size: number;
        };
        /**
         * TaskOut
         * @description A task; what is known only once it has media is left out before.
         */
        TaskOut: {
            /** Url */
            url: string;
            /** Id */
            id: number;
            /** Name */
            name: string;
            /** Project Id */
            project_id: number | null;
            /** Project Name */
            project_name: string | null;
            /** Mode */
            mode: string;
            owner: components["schemas"]["BasicUser"] | null;
            assignee: components["schemas"]["BasicUser"] | null;
            /** Bug Tracker */
            bug_tracker: string;
            /**
             * Created Date
             * Format: date-time
             */
            created_date: string;
            /**
             * Updated Date
             * Format: date-time
             */
            updated_date: string;
            /** Overlap */
            overlap: number | null;
            /** Segment Size */
            segment_size: number;
            /**
             * Status
             * @enum {string}
             */
            status: "annotation" | "validation" | "completed";
            /** Data Chunk Size */
            data_chunk_size?: number | null;
            /** Data Compressed Chunk Type */
            data_compressed_chunk_type?: "imageset" | null;
            /** Guide Id */
            guide_id: number | null;
            /** Data Original Chunk Type */
            data_original_chunk_type?: "imageset" | null;
            /** Size */
            size?: number | null;
            /** Image Quality */
            image_quality?: number | null;
            /** Data */
            data?: number | null;
            /** Dimension */
            dimension: string;
            /** Subset */
            subset: string;
            /** Organization */
            organization: number | null;
            /** Target Storage */
            target_storage: null;
            /** Source Storage */
            source_storage: null;
            jobs: components["schemas"]["JobsSummary"];
            labels: components["schemas"]["LabelsSummary"];
        };
        /**
         * TaskPatch
         * @description Changes to a task.
         */
        TaskPatch: {
            /** Name */
            name?: string | null;
            /**
             * Labels
             * @default []
             */
            labels: components["schemas"]["LabelIn"][];
            /** Owner Id */
            owner_id?: number | null;
            /** Assignee Id */
            assignee_id?: number | null;
            /** Bug Tracker */
            bug_tracker?: string | null;
            /** Subset */
            subset?: string | null;
        };
        /**
         * TaskStatus
         * @description How far reading a task's media has come.
         */
        TaskStatus: {
            /**
             * State
             * @enum {string}
             */
            state: "Queued" | "Started" | "Finished" | "Failed";
            /** Message */
            message: string;
            /** Progress */
            progress: number;
        };
        /**
         * TokenKey
         * @description A token for the header ``Authorization: Token …``.
         */
        TokenKey: {
            /** Key */
            key: string;
        };
        /**
         * TrackElement
         * @description One point of a skeleton that is followed.
         */
        TrackElement: {
            /** Label Id */
            label_id: number;
            /** Frame */
            frame: number;
            /** Id */
            id?: number | null;
            /** Group */
            group?: number | null;
            /**
             * Source
             * @default manual
             */
            source: string;
            /**
             * Attributes
             * @default []
             */
            attributes: components["schemas"]["AttributeValue"][];
            /**
             * Shapes
             * @default []
             */
            shapes: components["schemas"]["TrackedShape"][];
        };
        /**
         * TrackedShape
         * @description A key frame of a track.
         */
        TrackedShape: {
            /**
             * Type
             * @enum {string}
             */
            type: "rectangle" | "polygon" | "polyline" | "points" | "ellipse" | "cuboid" | "mask" | "skeleton";
            /**
             * Occluded
             * @default false
             */
            occluded: boolean;
            /**
             * Outside
             * @default false
             */
            outside: boolean;
            /**
             * Z Order
             * @default 0
             */
            z_order: number;
            /**
             * Rotation
             * @default 0
             */
            rotation: number;
            /**
             * Points
             * @default []
             */
            points: number[];
            /** Frame */
            frame: number;
            /** Id */
            id?: number | null;
            /**
             * Attributes
             * @default []
             */
            attributes: components["schemas"]["AttributeValue"][];
        };
        /**
         * UserOut
         * @description Somebody.
         */
        UserOut: {
            /** Url */
            url: string;
            /** Id */
            id: number;
            /** Username */
            username: string;
            /** First Name */
            first_name: string;
            /** Last Name */
            last_name: string;
            /** Email */
            email: string;
            /** Groups */
            groups: string[];
            /** Is Staff */
            is_staff: boolean;
            /** Is Superuser */
            is_superuser: boolean;
            /** Is Active */
            is_active: boolean;
            /** Last Login */
            last_login: string | null;
            /**
             * Date Joined
             * Format: date-time
             */
            date_joined: string;
        };
        /** ValidationError */
        ValidationError: {
            /** Location */
            loc: (string | number)[];
            /** Message */
            msg: string;
            /** Error Type */
            type: string;
            /** Input */
            input?: unknown;
            /** Context */
            ctx?: Record<string, never>;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    about: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["About"];
                };
            };
        };
    };
    plugins: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": {
                        [key: string]: boolean;
                    };
                };
            };
        };
    };
    formats: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": {
                        [key: string]: unknown[];
                    };
                };
            };
        };
    };
    organizations: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["Page_dict_str__Any__"];
                };
            };
        };
    };
    issues: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["Page_dict_str__Any__"];
                };
            };
        };
    };
    login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Login"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["TokenKey"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    logout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["Detail"];
                };
            };
        };
    };
    change_password: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["Detail"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    create_sign_in_link: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignInLinkIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["SignInLinkOut"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_access_tokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["Page_AccessTokenOut_"];
                };
            };
        };
    };
    create_access_token: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AccessTokenIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["AccessTokenOut"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    delete_access_token: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                token_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_users: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["Page_Union_UserOut__BasicUser__"];
                };
            };
        };
    };
    get_self: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["UserOut"];
                };
            };
        };
    };
    get_user: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                user_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["UserOut"] | components["schemas"]["BasicUser"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_projects: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["Page_ProjectOut_"];
                };
            };
        };
    };
    create_project: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProjectIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["ProjectOut"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_project: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["ProjectOut"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    delete_project: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    patch_project: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                project_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ProjectPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["ProjectOut"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_tasks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["Page_TaskOut_"];
                };
            };
        };
    };
    create_task: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TaskIn"];
            };
        };
        responses: {
            /** @description Successful Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["TaskOut"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_task: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["TaskOut"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    delete_task: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    patch_task: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TaskPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["TaskOut"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_status: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["TaskStatus"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_task_data: {
        parameters: {
            query: {
                type: "frame" | "chunk" | "preview";
                /** @description Of the frame or chunk, in the task */
                number?: number;
                /** @description Of the chunk, in the job */
                index?: number;
                quality?: "original" | "compressed";
            };
            header?: never;
            path: {
                task_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The bytes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/*": unknown;
                    "application/zip": unknown;
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    post_data: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["DataRequestOut"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    patch_upload: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: number;
                upload_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_job_data: {
        parameters: {
            query: {
                type: "frame" | "chunk" | "preview";
                /** @description Of the frame or chunk, in the task */
                number?: number;
                /** @description Of the chunk, in the job */
                index?: number;
                quality?: "original" | "compressed";
            };
            header?: never;
            path: {
                job_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The bytes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/*": unknown;
                    "application/zip": unknown;
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_task_preview: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The bytes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/*": unknown;
                    "application/zip": unknown;
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_job_preview: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The bytes */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/*": unknown;
                    "application/zip": unknown;
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_task_meta: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["DataMeta"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    patch_task_meta: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DataMetaPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["DataMeta"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_job_meta: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["DataMeta"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    patch_job_meta: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DataMetaPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["DataMeta"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_task_annotations: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["LabeledData"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    put_task_annotations: {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again with the same key within a day, a write is not done again: the first answer is given. */
                "Idempotency-Key"?: string | null;
            };
            path: {
                task_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LabeledData"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["LabeledData"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    delete_task_annotations: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                task_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    patch_task_annotations: {
        parameters: {
            query?: {
                action?: string | null;
            };
            header?: {
                /** @description Sent again with the same key within a day, a write is not done again: the first answer is given. */
                "Idempotency-Key"?: string | null;
            };
            path: {
                task_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LabeledData"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["LabeledData"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    get_job_annotations: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["LabeledData"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    put_job_annotations: {
        parameters: {
            query?: never;
            header?: {
                /** @description Sent again with the same key within a day, a write is not done again: the first answer is given. */
                "Idempotency-Key"?: string | null;
            };
            path: {
                job_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LabeledData"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["LabeledData"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    delete_job_annotations: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    patch_job_annotations: {
        parameters: {
            query?: {
                action?: string | null;
            };
            header?: {
                /** @description Sent again with the same key within a day, a write is not done again: the first answer is given. */
                "Idempotency-Key"?: string | null;
            };
            path: {
                job_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LabeledData"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["LabeledData"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_jobs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["Page_JobOut_"];
                };
            };
        };
    };
    get_job: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["JobOut"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    patch_job: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JobPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["JobOut"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_labels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["Page_LabelOut_"];
                };
            };
        };
    };
    get_label: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                label_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["LabelOut"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    delete_label: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                label_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    patch_label: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                label_id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LabelPatch"];
            };
        };
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["LabelOut"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
    list_requests: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["Page_RequestOut_"];
                };
            };
        };
    };
    get_request: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                request_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Successful Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.cvat+json": components["schemas"]["RequestOut"];
                };
            };
            /** @description Validation Error */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HTTPValidationError"];
                };
            };
        };
    };
}
