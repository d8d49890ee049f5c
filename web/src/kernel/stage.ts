/**
 * Theory: a stage binds one canvas element to a scene and a viewport; it repaints at most once a
 * frame, answers the pointer from the same shapes that it painted, and tells its owner what happened.
 */
import { hitAll, pick } from "./hit";
import { paintScene } from "./paint";
import { type Drawable, type Highlight, raise, type SceneStyle, stack } from "./scene";
import { bounds } from "./shapes";
import {
  centredAt,
  fitted,
  keepInSight,
  type Point,
  panBy,
  type Size,
  toImage,
  toScreen,
  type Viewport,
  zoomAt,
  zoomLimits,
} from "./viewport";

/** What the pointer and the viewport tell the stage's owner. */
export interface StageEvents {
  onHover(key: string | null): void;
  onSelect(key: string | null): void;
  /** After every zoom or pan; `fitted` when the whole picture is shown by choice. */
  onViewport(viewport: Viewport, fitted: boolean): void;
  /** Image position under the pointer, null when it left. */
  onPointer(point: Point | null): void;
}

const FIT_MARGIN = 24;
const HIT_TOLERANCE = 5;
const CLICK_SLOP = 4;
const FLASH_MS = 1800;
const WHEEL_ZOOM_PER_PIXEL = 0.0018;
const ZOOM_STEP = 1.25;

interface Drag {
  readonly pointerId: number;
  readonly start: Point;
  readonly button: number;
  last: Point;
  moved: boolean;
}

export class Stage {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #events: StageEvents;
  readonly #resizes: ResizeObserver;
  readonly #listening = new AbortController();
  #style: SceneStyle = {
    accent: "#ff9f1a",
    background: "#101214",
    placeholder: "#181b1e",
    fontFamily: "sans-serif",
  };
  #screen: Size = { width: 0, height: 0 };
  #picture: CanvasImageSource | null = null;
  #pictureSize: Size | null = null;
  #stacked: Drawable[] = [];
  #highlight: Highlight = { hovered: null, selected: null };
  #viewport: Viewport = { scale: 1, offsetX: 0, offsetY: 0 };
  #wanted: { centre: Point; scale: number } | null = null;
  #fitted = true;
  #drag: Drag | null = null;
  #flashes = new Map<string, number>();
  #frameRequest = 0;

  /** Throws when the browser can't give a 2D context. */
  constructor(canvas: HTMLCanvasElement, events: StageEvents) {
    const context = canvas.getContext("2d");
    if (!context) {
      throw new Error("This browser gives no 2D canvas; use a current one to see pictures.");
    }
    this.#canvas = canvas;
    this.#context = context;
    this.#events = events;
    this.#resizes = new ResizeObserver(() => this.#resize());
    this.#resizes.observe(canvas);
    this.#listen();
    this.#resize();
    // Chips are measured in the page's font, which may arrive after the first painting.
    document.fonts.addEventListener("loadingdone", () => this.#invalidate(), {
      signal: this.#listening.signal,
    });
  }

  destroy(): void {
    this.#listening.abort();
    this.#resizes.disconnect();
    cancelAnimationFrame(this.#frameRequest);
  }

  setStyle(style: SceneStyle): void {
    this.#style = style;
    this.#invalidate();
  }

  /** Shows a picture; the viewport stays when the new picture has the old one's size. */
  setPicture(picture: CanvasImageSource | null, size: Size | null): void {
    const before = this.#pictureSize;
    const sameSize = before?.width === size?.width && before?.height === size?.height;
    this.#picture = picture;
    this.#pictureSize = size;
    if (size && !sameSize) {
      if (before && !this.#wanted) {
        this.#fitted = true;
      }
      this.#settle();
    }
    this.#invalidate();
  }

  setDrawables(drawables: readonly Drawable[]): void {
    this.#stacked = stack(drawables);
    this.#invalidate();
  }

  setHighlight(highlight: Highlight): void {
    this.#highlight = highlight;
    this.#invalidate();
  }

  /** Rings the given labels for a moment, to show that they just changed. */
  flash(keys: readonly string[]): void {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      return;
    }
    const until = performance.now() + FLASH_MS;
    for (const key of keys) {
      this.#flashes.set(key, until);
    }
    this.#invalidate();
  }

  /** Whole picture. */
  showAll(): void {
    this.#fitted = true;
    this.#wanted = null;
    this.#settle();
  }

  /** One image pixel a screen pixel, around the middle of the screen. */
  showActualSize(): void {
    this.zoomBy(1 / this.#viewport.scale);
  }

  zoomIn(): void {
    this.zoomBy(ZOOM_STEP);
  }

  zoomOut(): void {
    this.zoomBy(1 / ZOOM_STEP);
  }

  /** Zooms by a factor around a screen point, the middle when left out. */
  zoomBy(factor: number, pivot?: Point): void {
    const middle = { x: this.#screen.width / 2, y: this.#screen.height / 2 };
    const limits = zoomLimits(this.#whole());
    this.#move(zoomAt(this.#viewport, pivot ?? middle, factor, limits));
  }

  /** Moves the picture by screen pixels. */
  pan(dx: number, dy: number): void {
    this.#move(panBy(this.#viewport, dx, dy));
  }

  /** Puts an image point into the middle at a scale; kept for later when no picture is there yet. */
  look(centre: Point, scale: number): void {
    this.#wanted = { centre, scale };
    this.#fitted = false;
    if (this.#pictureSize) {
      this.#settle();
    }
  }

  /** Image point in the middle of the screen. */
  get centre(): Point {
    return toImage(this.#viewport, { x: this.#screen.width / 2, y: this.#screen.height / 2 });
  }

  /** Pans so that a label is on the screen; does nothing when its middle already is. */
  reveal(key: string): void {
    const drawable = this.#stacked.find((candidate) => candidate.key === key);
    const box = drawable ? bounds(drawable.shape) : null;
    if (!box) {
      return;
    }
    const middle = { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 };
    const { x, y } = toScreen(this.#viewport, middle);
    if (x < 0 || y < 0 || x > this.#screen.width || y > this.#screen.height) {
      this.#move(centredAt(middle, this.#viewport.scale, this.#screen));
    }
  }

  #whole(): Viewport {
    const size = this.#pictureSize ?? { width: 1, height: 1 };
    return fitted(size, this.#screen, FIT_MARGIN);
  }

  #settle(): void {
    if (!this.#pictureSize || this.#screen.width === 0) {
      return;
    }
    if (this.#wanted) {
      const { centre, scale } = this.#wanted;
      this.#wanted = null;
      this.#move(centredAt(centre, scale, this.#screen));
    } else if (this.#fitted) {
      this.#viewport = this.#whole();
      this.#events.onViewport(this.#viewport, true);
      this.#invalidate();
    }
  }

  #move(viewport: Viewport): void {
    if (!this.#pictureSize) {
      return;
    }
    this.#fitted = false;
    this.#viewport = keepInSight(viewport, this.#pictureSize, this.#screen);
    this.#events.onViewport(this.#viewport, false);
    this.#invalidate();
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const { centre } = this;
    const hadSize = this.#screen.width > 0;
    this.#screen = { width, height };
    this.#canvas.width = Math.max(1, Math.round(width * devicePixelRatio));
    this.#canvas.height = Math.max(1, Math.round(height * devicePixelRatio));
    if (!this.#fitted && hadSize && !this.#wanted) {
      this.#move(centredAt(centre, this.#viewport.scale, this.#screen));
    }
    this.#settle();
    // Painted at once: a resized canvas is blank until then and would flicker.
    this.#paint();
  }

  #invalidate(): void {
    if (this.#frameRequest === 0) {
      this.#frameRequest = requestAnimationFrame(() => {
        this.#frameRequest = 0;
        this.#paint();
      });
    }
  }

  #paint(): void {
    const now = performance.now();
    const flash = new Map<string, number>();
    for (const [key, until] of this.#flashes) {
      if (until <= now) {
        this.#flashes.delete(key);
      } else {
        flash.set(key, (until - now) / FLASH_MS);
      }
    }
    this.#context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    paintScene(
      { context: this.#context, viewport: this.#viewport, style: this.#style },
      {
        picture: this.#picture,
        pictureSize: this.#pictureSize,
        drawables: raise(this.#stacked, this.#highlight),
        highlight: this.#highlight,
        flash,
      },
      this.#screen,
    );
    if (flash.size > 0) {
      this.#invalidate();
    }
  }

  #listen(): void {
    const { signal } = this.#listening;
    const canvas = this.#canvas;
    canvas.addEventListener("wheel", (event) => this.#onWheel(event), { signal, passive: false });
    canvas.addEventListener("pointerdown", (event) => this.#onDown(event), { signal });
    canvas.addEventListener("pointermove", (event) => this.#onMove(event), { signal });
    canvas.addEventListener("pointerup", (event) => this.#onUp(event), { signal });
    canvas.addEventListener("pointercancel", () => this.#endDrag(), { signal });
    canvas.addEventListener("pointerleave", () => this.#onLeave(), { signal });
    canvas.addEventListener("dblclick", () => this.showAll(), { signal });
  }

  #position(event: MouseEvent): Point {
    const box = this.#canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #onWheel(event: WheelEvent): void {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1);
    // A pinch arrives as a wheel with Ctrl and much smaller steps.
    const speed = event.ctrlKey ? 6 * WHEEL_ZOOM_PER_PIXEL : WHEEL_ZOOM_PER_PIXEL;
    this.zoomBy(Math.exp(-pixels * speed), this.#position(event));
  }

  #onDown(event: PointerEvent): void {
    if (event.button > 1) {
      return;
    }
    if (event.button === 1) {
      event.preventDefault();
    }
    const start = this.#position(event);
    const { pointerId, button } = event;
    this.#drag = { pointerId, start, button, last: start, moved: false };
    this.#canvas.setPointerCapture(pointerId);
  }

  #onMove(event: PointerEvent): void {
    const position = this.#position(event);
    const drag = this.#drag;
    if (drag && drag.pointerId === event.pointerId) {
      drag.moved ||= Math.hypot(position.x - drag.start.x, position.y - drag.start.y) > CLICK_SLOP;
      if (drag.moved) {
        this.#canvas.style.cursor = "grabbing";
        const { last } = drag;
        drag.last = position;
        this.#move(panBy(this.#viewport, position.x - last.x, position.y - last.y));
      }
      return;
    }
    const point = toImage(this.#viewport, position);
    this.#events.onPointer(point);
    const top = hitAll(this.#stacked, point, HIT_TOLERANCE / this.#viewport.scale)[0] ?? null;
    this.#canvas.style.cursor = top ? "pointer" : "";
    this.#events.onHover(top?.key ?? null);
  }

  #onUp(event: PointerEvent): void {
    const drag = this.#drag;
    this.#endDrag();
    if (!drag || drag.moved || drag.button !== 0) {
      return;
    }
    const point = toImage(this.#viewport, this.#position(event));
    const tolerance = HIT_TOLERANCE / this.#viewport.scale;
    const picked = pick(this.#stacked, point, tolerance, this.#highlight.selected);
    this.#events.onSelect(picked?.key ?? null);
  }

  #onLeave(): void {
    if (!this.#drag) {
      this.#events.onHover(null);
      this.#events.onPointer(null);
    }
  }

  #endDrag(): void {
    this.#drag = null;
    this.#canvas.style.cursor = "";
  }
}
