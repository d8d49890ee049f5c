import { useVirtualizer } from "@tanstack/react-virtual";
import {
  Box,
  Brush,
  Circle,
  EyeOff,
  type LucideIcon,
  Pentagon,
  PersonStanding,
  Route,
  Sparkles,
  Square,
  Tag,
  Waypoints,
} from "lucide-react";
import { useEffect, useMemo, useRef } from "react";
import { bounds, visibleNodes } from "../../kernel/shapes";
import { Swatch } from "../../ui/badge";
import { count, pixels, plural } from "../../ui/format";
import { useHover } from "./hover";
import type { LabelObject, ObjectKind } from "./objects";

const ICONS: Record<ObjectKind, LucideIcon> = {
  rectangle: Square,
  polygon: Pentagon,
  polyline: Route,
  points: Waypoints,
  ellipse: Circle,
  cuboid: Box,
  mask: Brush,
  skeleton: PersonStanding,
  tag: Tag,
};

type Row =
  | {
      readonly kind: "class";
      readonly name: string;
      readonly colour: string;
      readonly number: number;
    }
  | { readonly kind: "object"; readonly object: LabelObject };

/** Objects under their classes, classes by name. */
export function rowsOf(objects: readonly LabelObject[]): Row[] {
  const groups = new Map<string, LabelObject[]>();
  for (const object of objects) {
    groups.set(object.className, [...(groups.get(object.className) ?? []), object]);
  }
  return [...groups.entries()]
    .sort(([a], [b]) => a.localeCompare(b))
    .flatMap(([name, members]): Row[] => [
      { kind: "class", name, colour: members[0]?.colour ?? "", number: members.length },
      ...members.map((object): Row => ({ kind: "object", object })),
    ]);
}

interface ObjectsPanelProps {
  readonly objects: readonly LabelObject[] | null;
  readonly selected: string | null;
  readonly onSelect: (key: string | null) => void;
}

/** The labels of the frame, grouped by class; pointing at one points at it on the picture. */
export function ObjectsPanel({ objects, selected, onSelect }: ObjectsPanelProps) {
  return (
    <aside
      aria-label="Labels on this frame"
      className="flex h-full min-h-0 flex-col border-line border-l bg-surface"
    >
      <h2 className="flex h-9 shrink-0 items-center gap-2 border-line border-b px-3 text-12">
        <span className="font-medium">Labels on this frame</span>
        <span className="tabular ml-auto text-muted">{objects ? count(objects.length) : ""}</span>
      </h2>
      {objects === null ? (
        <Waiting />
      ) : objects.length === 0 ? (
        <p className="p-3 text-12 text-muted">No labels here. The next frame is one key away: F.</p>
      ) : (
        <ObjectList objects={objects} selected={selected} onSelect={onSelect} />
      )}
    </aside>
  );
}

function Waiting() {
  return (
    <div role="status" aria-label="Loading labels" className="flex flex-col gap-2 p-3">
      {["a", "b", "c", "d"].map((row) => (
        <div key={row} className="skeleton h-6" />
      ))}
    </div>
  );
}

function ObjectList({
  objects,
  selected,
  onSelect,
}: ObjectsPanelProps & { readonly objects: readonly LabelObject[] }) {
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => rowsOf(objects), [objects]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (rows[index]?.kind === "class" ? 32 : 30),
    getItemKey: (index) => {
      const row = rows[index];
      return row?.kind === "object" ? row.object.key : `class ${row?.name}`;
    },
    overscan: 12,
  });
  useEffect(() => {
    const index = rows.findIndex((row) => row.kind === "object" && row.object.key === selected);
    if (index >= 0) {
      virtual.scrollToIndex(index, { align: "auto" });
    }
  }, [rows, selected, virtual]);
  return (
    <div ref={scroller} className="min-h-0 flex-1 overflow-y-auto py-1">
      <ul className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, key, start }) => {
          const row = rows[index];
          return row ? (
            <li
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              className="absolute inset-x-0 top-0"
              style={{ transform: `translateY(${start}px)` }}
            >
              {row.kind === "class" ? (
                <ClassRow {...row} />
              ) : (
                <ObjectRow
                  object={row.object}
                  selected={row.object.key === selected}
                  onSelect={onSelect}
                />
              )}
            </li>
          ) : null;
        })}
      </ul>
    </div>
  );
}

function ClassRow({ name, colour, number }: Omit<Row & { kind: "class" }, "kind">) {
  return (
    <h3 className="flex h-8 items-center gap-2 px-3 pt-1 font-medium text-12">
      <Swatch colour={colour} />
      <span className="truncate">{name}</span>
      <span className="tabular ml-auto font-normal text-muted">{count(number)}</span>
    </h3>
  );
}

/** What a person hears of an object: "cat 12, rectangle, occluded". */
function spoken({ className, id, kind, occluded, source, interpolated }: LabelObject): string {
  const parts = [
    `${className} ${id ?? ""}`.trim(),
    kind,
    occluded ? "occluded" : "",
    source === "manual" ? "" : `source ${source}`,
    interpolated ? "interpolated" : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** The size or extent that tells objects of one class apart. */
function extent({ shape }: LabelObject): string {
  const box = shape ? bounds(shape) : null;
  if (!shape || !box) {
    return "";
  }
  if (shape.kind === "points") {
    return plural(shape.points.length, "point");
  }
  if (shape.kind === "skeleton") {
    return plural(visibleNodes(shape).length, "point");
  }
  return `${pixels(box.right - box.left)} × ${pixels(box.bottom - box.top)}`;
}

interface ObjectRowProps {
  readonly object: LabelObject;
  readonly selected: boolean;
  readonly onSelect: (key: string | null) => void;
}

function ObjectRow({ object, selected, onSelect }: ObjectRowProps) {
  const hovered = useHover((state) => state.hovered === object.key);
  const hover = useHover((state) => state.hover);
  const Icon = ICONS[object.kind];
  const ground = selected
    ? "bg-accent/15 shadow-[inset_2px_0_0_var(--accent)]"
    : hovered
      ? "bg-line/70"
      : "";
  return (
    <button
      type="button"
      aria-label={spoken(object)}
      aria-pressed={selected}
      data-object={object.key}
      data-hovered={hovered}
      onPointerEnter={() => hover(object.key)}
      onPointerLeave={() => hover(null)}
      onFocus={() => hover(object.key)}
      onBlur={() => hover(null)}
      onClick={() => onSelect(selected ? null : object.key)}
      className={`flex w-full flex-col gap-0.5 py-1 pr-3 pl-[30px] text-left text-12 outline-offset-[-2px] ${ground}`}
    >
      <span className="flex w-full items-center gap-1.5">
        <Icon
          size={14}
          strokeWidth={1.5}
          aria-hidden="true"
          className={selected ? "text-accent" : "text-muted"}
        />
        <span className="tabular font-mono text-11">{object.id ?? "new"}</span>
        <Marks object={object} />
        <span className="tabular ml-auto pl-2 text-muted">
          {object.problem ? "" : extent(object)}
        </span>
      </span>
      {object.problem ? (
        <span className="text-11 text-bad">Can't be drawn: {object.problem}</span>
      ) : null}
      <Attributes object={object} />
    </button>
  );
}

function Marks({ object }: { readonly object: LabelObject }) {
  return (
    <>
      {object.score === null ? null : (
        <span className="tabular text-11 text-muted">{object.score.toFixed(2)}</span>
      )}
      {object.occluded ? (
        <span className="flex items-center gap-1 text-11 text-muted">
          <EyeOff size={12} strokeWidth={1.5} aria-hidden="true" /> occluded
        </span>
      ) : null}
      {object.source === "manual" ? null : (
        <span className="flex items-center gap-1 text-11 text-muted">
          <Sparkles size={12} strokeWidth={1.5} aria-hidden="true" /> {object.source}
        </span>
      )}
      {object.trackId === null ? null : (
        <span className="text-11 text-muted">{object.interpolated ? "between keys" : "key"}</span>
      )}
    </>
  );
}

function Attributes({ object }: { readonly object: LabelObject }) {
  const filled = object.attributes.filter(({ value }) => value !== "");
  if (filled.length === 0) {
    return null;
  }
  return (
    <span className="grid w-full grid-cols-[auto_1fr] gap-x-2 pl-5 text-11">
      {filled.map(({ name, value }) => (
        <span key={name} className="contents">
          <span className="text-muted">{name}</span>
          <span className="truncate" title={value}>
            {value}
          </span>
        </span>
      ))}
    </span>
  );
}
