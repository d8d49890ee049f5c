/**
 * Theory: a stage binds one canvas element to a scene and a viewport; it repaints at most once a
 * frame, answers the pointer from the same shapes that it painted, and tells its owner what happened.
 */

import type { Brush } from "./brush";
import { hitAll, pick } from "./hit";
import { paintBase, paintTop, type Scene } from "./paint";
import { type Drawable, type Highlight, type SceneStyle, stack } from "./scene";
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
/** A base that takes longer isn't painted anew while the picture is being moved. */
const SLOW_MS = 40;
const SETTLE_MS = 120;

interface Drag {
  readonly pointerId: number;
  readonly start: Point;
  readonly button: number;
  last: Point;
  moved: boolean;
}

function context2d(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d", { alpha: false });
  if (!context) {
    throw new Error("This browser gives no 2D canvas; use a current one to see pictures.");
  }
  return context;
}

export class Stage {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #base: CanvasRenderingContext2D;
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
  #baseIsOld = true;
  #baseViewport: Viewport = { scale: 1, offsetX: 0, offsetY: 0 };
  #baseCost = 0;
  #movedAt = Number.NEGATIVE_INFINITY;
  #settling: ReturnType<typeof setTimeout> | undefined;
  #frameRequest = 0;

  /** Throws when the browser can't give a 2D context. */
  constructor(canvas: HTMLCanvasElement, events: StageEvents) {
    this.#canvas = canvas;
    this.#context = context2d(canvas);
    this.#base = context2d(document.createElement("canvas"));
    this.#events = events;
    this.#resizes = new ResizeObserver(() => this.#resize());
    this.#resizes.observe(canvas);
    this.#listen();
    this.#resize();
    // Chips are measured in the page's font, which may arrive after the first painting.
    document.fonts.addEventListener("loadingdone", () => this.#invalidate("base"), {
      signal: this.#listening.signal,
    });
  }

  destroy(): void {
    this.#listening.abort();
    this.#resizes.disconnect();
    cancelAnimationFrame(this.#frameRequest);
    clearTimeout(this.#settling);
  }

  setStyle(style: SceneStyle): void {
    this.#style = style;
    this.#invalidate("base");
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
    this.#invalidate("base");
  }

  setDrawables(drawables: readonly Drawable[]): void {
    this.#stacked = stack(drawables);
    this.#invalidate("base");
  }

  setHighlight(highlight: Highlight): void {
    const sameSelection = highlight.selected === this.#highlight.selected;
    this.#highlight = highlight;
    this.#invalidate(sameSelection ? "top" : "base");
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
    this.#invalidate("top");
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
      this.#invalidate("base");
    }
  }

  #move(viewport: Viewport): void {
    if (!this.#pictureSize) {
      return;
    }
    this.#fitted = false;
    this.#viewport = keepInSight(viewport, this.#pictureSize, this.#screen);
    this.#movedAt = performance.now();
    this.#events.onViewport(this.#viewport, false);
    this.#invalidate("base");
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const { centre } = this;
    const hadSize = this.#screen.width > 0;
    this.#screen = { width, height };
    for (const canvas of [this.#canvas, this.#base.canvas]) {
      canvas.width = Math.max(1, Math.round(width * devicePixelRatio));
      canvas.height = Math.max(1, Math.round(height * devicePixelRatio));
    }
    if (!this.#fitted && hadSize && !this.#wanted) {
      this.#move(centredAt(centre, this.#viewport.scale, this.#screen));
    }
    this.#settle();
    // Painted at once: a resized canvas is blank until then and would flicker.
    this.#baseIsOld = true;
    this.#baseCost = 0;
    this.#paint();
  }

  /** Has the screen painted anew; "base" when more than the pointer's label changed. */
  #invalidate(layer: "base" | "top"): void {
    this.#baseIsOld ||= layer === "base";
    if (this.#frameRequest === 0) {
      this.#frameRequest = requestAnimationFrame(() => {
        this.#frameRequest = 0;
        this.#paint();
      });
    }
  }

  #strengths(): Map<string, number> {
    const now = performance.now();
    const flash = new Map<string, number>();
    for (const [key, until] of this.#flashes) {
      if (until <= now) {
        this.#flashes.delete(key);
      } else {
        flash.set(key, (until - now) / FLASH_MS);
      }
    }
    return flash;
  }

  #paint(): void {
    const ratio = devicePixelRatio;
    const flash = this.#strengths();
    const scene = {
      picture: this.#picture,
      pictureSize: this.#pictureSize,
      drawables: this.#stacked,
      highlight: this.#highlight,
      flash,
    };
    const [base, top] = [this.#base, this.#context].map((context) => {
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      return { context, viewport: this.#viewport, style: this.#style };
    }) as [Brush, Brush];
    this.#layBase(base, top, scene);
    paintTop(top, scene, this.#screen);
    if (flash.size > 0) {
      this.#invalidate("top");
    }
  }

  #layBase(base: Brush, top: Brush, scene: Scene): void {
    const { width, height } = this.#screen;
    const started = performance.now();
    const isMoving = started - this.#movedAt < SETTLE_MS;
    if (this.#baseIsOld && isMoving && this.#baseCost > SLOW_MS) {
      // Thousands of labels: the last base stands in, moved and scaled, until the hand rests.
      const ratio = this.#viewport.scale / this.#baseViewport.scale;
      const left = this.#viewport.offsetX - this.#baseViewport.offsetX * ratio;
      const above = this.#viewport.offsetY - this.#baseViewport.offsetY * ratio;
      top.context.fillStyle = this.#style.background;
      top.context.fillRect(0, 0, width, height);
      top.context.drawImage(base.context.canvas, left, above, width * ratio, height * ratio);
      clearTimeout(this.#settling);
      this.#settling = setTimeout(() => this.#invalidate("base"), SETTLE_MS);
      return;
    }
    const wasOld = this.#baseIsOld;
    if (wasOld) {
      this.#baseIsOld = false;
      this.#baseViewport = this.#viewport;
      paintBase(base, scene, this.#screen);
    }
    top.context.drawImage(base.context.canvas, 0, 0, width, height);
    if (wasOld) {
      this.#baseCost = performance.now() - started;
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
