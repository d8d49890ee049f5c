import { useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { useSignIn } from "../../api/queries";
import { Mark } from "../../ui/brand";
import { useTitle } from "../../ui/page";
import { ThemeToggle } from "../../ui/theme-toggle";
import { addressAfterLogin } from "./address";

interface FieldProps {
  readonly label: string;
  readonly name: string;
  readonly type: "text" | "password";
  readonly autoComplete: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Field({ label, onChange, ...input }: FieldProps) {
  return (
    <label className="flex flex-col gap-1">
      <span className="text-12 text-muted">{label}</span>
      <input
        {...input}
        required
        onChange={(event) => onChange(event.target.value)}
        className="h-8 rounded-control border border-line bg-bg px-2 text-13 outline-offset-0 hover:border-muted"
      />
    </label>
  );
}

export function LoginPage() {
  useTitle("Sign in");
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const signIn = useSignIn();
  const submit = (event: React.FormEvent): void => {
    event.preventDefault();
    const onSuccess = (): unknown =>
      navigate(addressAfterLogin(search.get("next")), { replace: true });
    signIn.mutate({ username, password }, { onSuccess });
  };
  return (
    <main className="flex min-h-full flex-col items-center justify-center p-6">
      <div className="fixed top-2 right-2">
        <ThemeToggle />
      </div>
      <form
        onSubmit={submit}
        className="flex w-full max-w-[320px] flex-col gap-4 rounded-card border border-line bg-surface p-6"
      >
        <div className="flex items-center gap-2">
          <Mark size={22} />
          <h1 className="font-medium text-15">Sign in to Viewfinder</h1>
        </div>
        <Field
          label="User name"
          name="username"
          type="text"
          autoComplete="username"
          value={username}
          onChange={setUsername}
        />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={setPassword}
        />
        {signIn.error ? (
          <p role="alert" className="text-12 text-bad">
            {signIn.error.message} Check the name and the password and try again.
          </p>
        ) : null}
        <button
          type="submit"
          disabled={signIn.isPending}
          className="h-8 rounded-control bg-accent font-medium text-on-accent transition-opacity hover:opacity-90 disabled:opacity-60"
        >
          {signIn.isPending ? "Signing in…" : "Sign in"}
        </button>
      </form>
    </main>
  );
}
