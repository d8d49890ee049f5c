import { Moon, Sun } from "lucide-react";
import { IconButton } from "./icon-button";
import { useTheme } from "./theme";

export function ThemeToggle() {
  const theme = useTheme((state) => state.theme);
  const toggle = useTheme((state) => state.toggle);
  const Icon = theme === "dark" ? Sun : Moon;
  return (
    <IconButton name={theme === "dark" ? "Light theme" : "Dark theme"} onClick={toggle}>
      <Icon size={16} strokeWidth={1.5} />
    </IconButton>
  );
}
