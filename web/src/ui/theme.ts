/**
 * Theory: the theme is the person's choice or else the system's, and it is one attribute on the
 * document; whoever draws outside of CSS asks the same variables.
 */
import { create } from "zustand";

export type Theme = "dark" | "light";

const STORAGE_KEY = "viewfinder.theme";
const systemIsLight = matchMedia("(prefers-color-scheme: light)");

function chosenTheme(): Theme | null {
  const stored = localStorage.getItem(STORAGE_KEY);
  return stored === "dark" || stored === "light" ? stored : null;
}

function systemTheme(): Theme {
  return systemIsLight.matches ? "light" : "dark";
}

interface ThemeState {
  readonly theme: Theme;
  /** Switches between dark and light; choosing the system's own theme follows the system again. */
  toggle(): void;
}

export const useTheme = create<ThemeState>((set, get) => ({
  theme: chosenTheme() ?? systemTheme(),
  toggle: () => {
    const theme = get().theme === "dark" ? "light" : "dark";
    if (theme === systemTheme()) {
      localStorage.removeItem(STORAGE_KEY);
    } else {
      localStorage.setItem(STORAGE_KEY, theme);
    }
    set({ theme });
  },
}));

/** Puts the theme on the document and keeps it there. */
export function installTheme(): void {
  const apply = ({ theme }: ThemeState): void => {
    document.documentElement.dataset.theme = theme;
  };
  apply(useTheme.getState());
  useTheme.subscribe(apply);
  systemIsLight.addEventListener("change", () => {
    useTheme.setState({ theme: chosenTheme() ?? systemTheme() });
  });
}

/** The value of a token, such as "--accent", in the theme that is on the document now. */
export function token(name: `--${string}`): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
