import { LogOut } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { Link, useNavigate } from "react-router";
import { useSelf, useSignOut } from "../api/queries";
import { Mark } from "./brand";
import { IconButton } from "./icon-button";
import { ThemeToggle } from "./theme-toggle";

/** Sets the document's title while the caller is shown. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Viewfinder`;
  }, [title]);
}

function Person() {
  const self = useSelf();
  const signOut = useSignOut();
  const navigate = useNavigate();
  return (
    <>
      <span className="text-12 text-muted">{self.data?.username}</span>
      <IconButton
        name="Sign out"
        onClick={() => signOut.mutate(undefined, { onSuccess: () => navigate("/auth/login") })}
      >
        <LogOut size={16} strokeWidth={1.5} />
      </IconButton>
    </>
  );
}

/** The frame of the list pages: the name on the left, the person on the right. */
export function Page({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ReactNode;
}) {
  useTitle(title);
  return (
    <div className="flex min-h-full flex-col">
      <header className="sticky top-0 z-10 flex h-11 items-center gap-2 border-line border-b bg-surface px-4">
        <Link to="/tasks" className="flex items-center gap-2 rounded-control font-medium">
          <Mark />
          Viewfinder
        </Link>
        <div className="ml-auto flex items-center gap-2">
          <Person />
          <ThemeToggle />
        </div>
      </header>
      <main className="mx-auto w-full max-w-[1080px] flex-1 px-6 py-6">{children}</main>
    </div>
  );
}

/** Where the page stands: links up, and the page's own name last. */
export function Crumbs({ children }: { readonly children: ReactNode }) {
  return (
    <nav aria-label="Path" className="mb-1 flex items-center gap-1.5 text-12 text-muted">
      {children}
    </nav>
  );
}
