import "@fontsource-variable/inter";
import "@fontsource-variable/jetbrains-mono";
import "../ui/theme.css";
import { createRoot } from "react-dom/client";
import { installTheme } from "../ui/theme";
import { App } from "./app";

installTheme();
const root = document.getElementById("root");
if (!root) {
  throw new Error("The page has no #root element; rebuild it with `npm run build`.");
}
createRoot(root).render(<App />);
