import { Check, Copy, TriangleAlert } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { IconButton } from "./icon-button";

/** A page or pane with nothing in it yet: says what to do next. */
export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ReactNode;
}) {
  return (
    <section className="mx-auto flex max-w-[560px] flex-col gap-3 px-6 py-16">
      <h2 className="font-medium text-15">{title}</h2>
      {children}
    </section>
  );
}

/** Lines of code with a button that copies them. */
export function CopyCode({ code }: { readonly code: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) {
      return;
    }
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = (): void => {
    navigator.clipboard.writeText(code).then(
      () => setCopied(true),
      // Without the permission the code can still be selected by hand.
      () => setCopied(false),
    );
  };
  return (
    <div className="relative rounded-card border border-line bg-surface">
      <pre className="overflow-x-auto p-3 pr-10 font-mono text-12">
        <code>{code}</code>
      </pre>
      <div className="absolute top-1.5 right-1.5">
        <IconButton name={copied ? "Copied" : "Copy"} onClick={copy}>
          {copied ? <Check size={16} strokeWidth={1.5} /> : <Copy size={16} strokeWidth={1.5} />}
        </IconButton>
      </div>
    </div>
  );
}

/** What went wrong and what to do, with a way to try again. */
export function ErrorNotice({
  title,
  error,
  onRetry,
}: {
  readonly title: string;
  readonly error: Error;
  readonly onRetry?: () => void;
}) {
  return (
    <div
      role="alert"
      className="flex max-w-[560px] gap-3 rounded-card border border-line bg-surface p-4"
    >
      <TriangleAlert
        size={16}
        strokeWidth={1.5}
        className="mt-0.5 shrink-0 text-bad"
        aria-hidden="true"
      />
      <div className="flex flex-col items-start gap-2">
        <p className="font-medium">{title}</p>
        <p className="text-muted">{error.message}</p>
        {onRetry ? <TextButton onClick={onRetry}>Try again</TextButton> : null}
      </div>
    </div>
  );
}

/** A quiet button with words. */
export function TextButton({
  onClick,
  children,
}: {
  readonly onClick: () => void;
  readonly children: ReactNode;
}) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="h-7 rounded-control border border-line bg-raised px-2.5 text-12 transition-colors hover:border-muted"
    >
      {children}
    </button>
  );
}
