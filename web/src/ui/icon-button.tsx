import { Tooltip } from "radix-ui";
import type { ButtonHTMLAttributes, ReactNode } from "react";

interface IconButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** What the button does; its accessible name and its tooltip. */
  readonly name: string;
  /** The key that does the same. */
  readonly shortcut?: string;
  readonly children: ReactNode;
}

/** A quiet square button with an icon, a name and its key. */
export function IconButton({ name, shortcut, children, ...rest }: IconButtonProps) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>
        <button
          type="button"
          aria-label={name}
          aria-keyshortcuts={shortcut}
          className="inline-flex size-7 shrink-0 items-center justify-center rounded-control text-muted transition-colors hover:bg-line hover:text-text disabled:opacity-35 disabled:hover:bg-transparent disabled:hover:text-muted"
          {...rest}
        >
          {children}
        </button>
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content
          sideOffset={6}
          collisionPadding={8}
          className="z-50 flex items-center gap-2 rounded-control border border-line bg-raised px-2 py-1 text-12 text-text shadow-raised"
        >
          {name}
          {shortcut ? <Key>{shortcut}</Key> : null}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}

/** A key of the keyboard. */
export function Key({ children }: { readonly children: ReactNode }) {
  return (
    <kbd className="inline-flex h-[18px] min-w-[18px] items-center justify-center rounded-control border border-line bg-surface px-1 font-mono text-11 text-muted">
      {children}
    </kbd>
  );
}
