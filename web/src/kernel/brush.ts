/** Theory: whoever paints needs the same three things. */
import type { SceneStyle } from "./scene";
import type { Viewport } from "./viewport";

export interface Brush {
  /** Its unit is a CSS pixel. */
  readonly context: CanvasRenderingContext2D;
  readonly viewport: Viewport;
  readonly style: SceneStyle;
}
