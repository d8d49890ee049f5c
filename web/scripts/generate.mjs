// Writes src/api/schema.ts from what the label server says about itself; with --check only tells
// whether that file is current. PYTHON names the interpreter, the project's own when left out.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import openapiTS, { astToString } from "openapi-typescript";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const SCHEMA = at("../src/api/schema.ts");
const ownPython = at("../../.venv/bin/python");
const python = process.env.PYTHON ?? (existsSync(ownPython) ? ownPython : "python3");

const description = execFileSync(python, ["-m", "viewfinder.labelserver", "openapi"], {
  encoding: "utf8",
  maxBuffer: 64 * 2 ** 20,
});
const HEADER =
  "// Made by `npm run generate` from the label server's own description. Don't edit.\n\n";
const schema = HEADER + astToString(await openapiTS(JSON.parse(description)));

if (!process.argv.includes("--check")) {
  writeFileSync(SCHEMA, schema);
} else if (!existsSync(SCHEMA) || readFileSync(SCHEMA, "utf8") !== schema) {
  process.stderr.write(
    "web/src/api/schema.ts is older than the label server's API. " +
      "Run `npm --prefix web run generate` and commit the file.\n",
  );
  process.exit(1);
}
