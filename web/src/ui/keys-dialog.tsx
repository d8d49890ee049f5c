import { X } from "lucide-react";
import { useEffect, useRef } from "react";
import { IconButton, Key } from "./icon-button";

export interface KeyGroup {
  readonly title: string;
  readonly keys: readonly (readonly [keys: readonly string[], meaning: string])[];
}

interface KeysDialogProps {
  readonly groups: readonly KeyGroup[];
  readonly open: boolean;
  readonly onClose: () => void;
}

/** The list of keys; Escape and a click beside it close it. */
export function KeysDialog({ groups, open, onClose }: KeysDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open) {
      dialog.current?.showModal();
      // Without this the first button would take the focus and open its tooltip.
      dialog.current?.focus();
    } else {
      dialog.current?.close();
    }
  }, [open]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a modal dialog by itself
    <dialog
      ref={dialog}
      aria-label="Keys"
      tabIndex={-1}
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && onClose()}
      className="m-auto w-[420px] focus:outline-none rounded-card border border-line bg-raised p-0 text-text shadow-raised backdrop:bg-black/40"
    >
      <div className="flex items-center justify-between border-line border-b py-2 pr-2 pl-4">
        <h2 className="font-medium text-15">Keys</h2>
        <IconButton name="Close" shortcut="Escape" onClick={onClose}>
          <X size={16} strokeWidth={1.5} />
        </IconButton>
      </div>
      <div className="flex flex-col gap-4 p-4">
        {groups.map((group) => (
          <section key={group.title}>
            <h3 className="mb-1 text-11 text-muted">{group.title}</h3>
            <dl>
              {group.keys.map(([keys, meaning]) => (
                <div key={meaning} className="flex h-7 items-center justify-between gap-4">
                  <dt>{meaning}</dt>
                  <dd className="flex gap-1">
                    {keys.map((key) => (
                      <Key key={key}>{key}</Key>
                    ))}
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </dialog>
  );
}
