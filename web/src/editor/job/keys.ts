/** Theory: every action has a key; one table says which, and the help dialog shows that table. */
import { useEffect, useRef } from "react";
import type { KeyGroup } from "../../ui/keys-dialog";

export const KEY_GROUPS: readonly KeyGroup[] = [
  {
    title: "Frames",
    keys: [
      [["D"], "Previous frame"],
      [["F"], "Next frame"],
      [["Home"], "First frame"],
      [["End"], "Last frame"],
    ],
  },
  {
    title: "Picture",
    keys: [
      [["0"], "Whole picture"],
      [["1"], "Actual size"],
      [["+"], "Zoom in"],
      [["−"], "Zoom out"],
      [["←", "↑", "→", "↓"], "Move, when the picture has the focus"],
    ],
  },
  {
    title: "Labels",
    keys: [
      [["Tab"], "Next label, when the picture has the focus"],
      [["Shift", "Tab"], "Previous label"],
      [["Esc"], "Select nothing"],
    ],
  },
  { title: "Help", keys: [[["?"], "This list"]] },
];

export type KeyActions = Readonly<Record<string, () => void>>;

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest("input, textarea, select, dialog") !== null
  );
}

/** Runs the action of a pressed key, named as in `KeyboardEvent.key`, in lower case. */
export function useKeys(actions: KeyActions): void {
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) {
        return;
      }
      const action = latest.current[event.key.toLowerCase()];
      if (action) {
        event.preventDefault();
        action();
      }
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
}
