/**
 * Theory: what a person sees of a job is written in the address: frame, selected object, and zoom
 * unless the whole picture is shown; so copying the address copies the sight.
 */
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import type { Point } from "../../kernel/viewport";

export interface View {
  /** Screen pixels per image pixel. */
  readonly scale: number;
  /** Image point in the middle of the screen. */
  readonly centre: Point;
}

export function formatView({ scale, centre }: View): string {
  return [scale.toFixed(3), centre.x.toFixed(1), centre.y.toFixed(1)].join(",");
}

/** The view in an address, null when there is none or it makes no sense. */
export function parseView(text: string | null): View | null {
  const [scale, x, y] = (text ?? "").split(",").map(Number.parseFloat);
  const isView = scale !== undefined && scale > 0 && Number.isFinite(x) && Number.isFinite(y);
  return isView ? { scale, centre: { x: x as number, y: y as number } } : null;
}

/** The frame in an address, brought into the job's range; the first one without. */
export function parseFrame(text: string | null, start: number, stop: number): number {
  const frame = text !== null && /^\d+$/.test(text) ? Number(text) : start;
  return Math.min(stop, Math.max(start, frame));
}

export interface JobAddress {
  readonly frame: number;
  readonly selected: string | null;
  readonly view: View | null;
  goToFrame(frame: number): void;
  select(key: string | null): void;
  showView(view: View | null): void;
}

/** The address as state; frames outside of `start..stop` are never left standing. */
export function useJobAddress(start: number, stop: number): JobAddress {
  const [search, setSearch] = useSearchParams();
  const put = useCallback(
    (changes: Record<string, string | null>) =>
      setSearch(
        (old) => {
          const next = new URLSearchParams(old);
          for (const [name, value] of Object.entries(changes)) {
            if (value === null) {
              next.delete(name);
            } else {
              next.set(name, value);
            }
          }
          return next;
        },
        { replace: true },
      ),
    [setSearch],
  );
  return useMemo(
    () => ({
      frame: parseFrame(search.get("frame"), start, stop),
      selected: search.get("object"),
      view: parseView(search.get("view")),
      goToFrame: (frame) =>
        put({ frame: `${Math.min(stop, Math.max(start, frame))}`, object: null }),
      select: (key) => put({ object: key }),
      showView: (view) => put({ view: view ? formatView(view) : null }),
    }),
    [search, put, start, stop],
  );
}
