/** Theory: the page watches the server; what somebody else changed on this frame is told and shown. */
import { useEffect, useRef, useState } from "react";
import { changesBetween, describeChanges } from "./changes";
import type { LabelObject } from "./objects";

export interface News {
  readonly text: string;
  /** Objects that are new or look different. */
  readonly keys: readonly string[];
}

const SHOWN_MS = 8_000;

/** What changed since the objects of the same frame were last handed in; null after a while. */
export function useNews(frame: number, objects: readonly LabelObject[] | null): News | null {
  const [news, setNews] = useState<News | null>(null);
  const seen = useRef<{ frame: number; objects: readonly LabelObject[] } | null>(null);
  useEffect(() => {
    if (!objects) {
      return;
    }
    const before = seen.current;
    seen.current = { frame, objects };
    if (before?.frame !== frame) {
      setNews(null);
      return;
    }
    const changes = changesBetween(before.objects, objects);
    const text = describeChanges(changes);
    if (text) {
      setNews({ text, keys: [...changes.added, ...changes.changed] });
    }
  }, [frame, objects]);
  useEffect(() => {
    if (!news) {
      return;
    }
    const timer = setTimeout(() => setNews(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [news]);
  return news;
}
