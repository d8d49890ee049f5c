/** Theory: what somebody else changed is seen by comparing the objects of one frame by their keys. */
import type { LabelObject } from "./objects";

export interface Changes {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

function content({ id: _, ...rest }: LabelObject): string {
  return JSON.stringify(rest, (_key, value: unknown) =>
    value instanceof Uint8Array ? Array.from(value).join("") : value,
  );
}

/** Keys of the objects that appeared, look different, and went. */
export function changesBetween(
  before: readonly LabelObject[],
  after: readonly LabelObject[],
): Changes {
  const old = new Map(before.map((object) => [object.key, object]));
  const now = new Set(after.map(({ key }) => key));
  return {
    added: after.filter(({ key }) => !old.has(key)).map(({ key }) => key),
    changed: after
      .filter((object) => {
        const previous = old.get(object.key);
        return previous !== undefined && content(previous) !== content(object);
      })
      .map(({ key }) => key),
    removed: before.filter(({ key }) => !now.has(key)).map(({ key }) => key),
  };
}

/** "1 label changed, 2 added"; empty when nothing did. */
export function describeChanges({ added, changed, removed }: Changes): string {
  const counts = [
    [changed.length, "changed"],
    [added.length, "added"],
    [removed.length, "removed"],
  ] as const;
  const parts = counts.filter(([number]) => number > 0);
  return parts
    .map(([number, word], index) =>
      index === 0 ? `${number} ${number === 1 ? "label" : "labels"} ${word}` : `${number} ${word}`,
    )
    .join(", ");
}
