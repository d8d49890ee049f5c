/** Theory: signing in is a detour; the address of the page that was wanted travels along. */

export function isLoginAddress(address: string): boolean {
  return address.startsWith("/auth/");
}

/** Address of the sign-in page that leads back to `wanted`. */
export function loginAddress(wanted: string): string {
  const isPlain = wanted === "" || wanted === "/" || isLoginAddress(wanted);
  return isPlain ? "/auth/login" : `/auth/login?next=${encodeURIComponent(wanted)}`;
}

/** Where to go after signing in: only ever a path of this server. */
export function addressAfterLogin(next: string | null): string {
  return next !== null && /^\/(?![/\\])/.test(next) ? next : "/tasks";
}
