/**
 * Theory: a skeleton's plan is drawn once in its class, as SVG, of which only two facts matter:
 * which node is which point, and which nodes are joined.
 */
import type { Label } from "../../api/wire";

export interface SkeletonPlan {
  readonly nodes: readonly { readonly labelId: number; readonly name: string }[];
  /** Pairs of indices into `nodes`. */
  readonly edges: readonly (readonly [number, number])[];
}

function attributesOf(tag: string): Record<string, string> {
  return Object.fromEntries(
    [...tag.matchAll(/([\w-]+)\s*=\s*"([^"]*)"/g)].map(([, name, value]) => [name, value ?? ""]),
  );
}

/** Nodes in the order of the class's points, edges from its SVG; empty without a class. */
export function skeletonPlan(label: Label | undefined): SkeletonPlan {
  const nodes = (label?.sublabels ?? []).map(({ id, name }) => ({ labelId: id, name }));
  const tags = [...(label?.svg ?? "").matchAll(/<(circle|line)\b[^>]*>/g)].map(([tag]) =>
    attributesOf(tag),
  );
  const nodeIndex = new Map(
    tags
      .filter((tag) => tag["data-type"] === "element node")
      .map((tag) => {
        const labelId = Number(tag["data-label-id"]);
        return [tag["data-node-id"], nodes.findIndex((node) => node.labelId === labelId)];
      }),
  );
  const edges = tags
    .filter((tag) => tag["data-type"] === "edge")
    .map((tag) => [nodeIndex.get(tag["data-node-from"]), nodeIndex.get(tag["data-node-to"])])
    .filter((edge): edge is [number, number] => edge.every((end) => end !== undefined && end >= 0));
  return { nodes, edges };
}
