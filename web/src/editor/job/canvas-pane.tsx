import { Maximize, Minus, Plus } from "lucide-react";
import { type RefCallback, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { PictureState } from "../../api/pictures";
import { Stage, type StageEvents } from "../../kernel/stage";
import type { Point, Size } from "../../kernel/viewport";
import { pixels } from "../../ui/format";
import { IconButton } from "../../ui/icon-button";
import { ErrorNotice } from "../../ui/notice";
import { token, useTheme } from "../../ui/theme";
import type { View } from "./address";
import { useHover } from "./hover";
import { drawables, type LabelObject } from "./objects";

interface CanvasPaneProps {
  readonly name: string;
  readonly picture: PictureState;
  readonly size: Size | null;
  readonly objects: readonly LabelObject[];
  readonly selected: string | null;
  readonly changed: readonly string[];
  readonly initialView: View | null;
  readonly onSelect: (key: string | null) => void;
  /** After zooming or panning has paused; null when the whole picture is shown. */
  readonly onView: (view: View | null) => void;
  readonly onStage: (stage: Stage | null) => void;
}

const VIEW_PAUSE_MS = 300;

interface Sight {
  readonly scale: number;
  readonly pointer: Point | null;
}

function useStage({ onSelect, onView, onStage, initialView }: CanvasPaneProps) {
  const [stage, setStage] = useState<Stage | null>(null);
  const [sight, setSight] = useState<Sight>({ scale: 1, pointer: null });
  const hover = useHover((state) => state.hover);
  const latest = useRef({ onSelect, onView, onStage, initialView });
  useEffect(() => {
    latest.current = { onSelect, onView, onStage, initialView };
  });
  const canvas: RefCallback<HTMLCanvasElement> = useCallback(
    (element) => {
      if (!element) {
        return;
      }
      let pause: ReturnType<typeof setTimeout> | undefined;
      const events: StageEvents = {
        onHover: hover,
        onSelect: (key) => latest.current.onSelect(key),
        onPointer: (pointer) => setSight((old) => ({ ...old, pointer })),
        onViewport: ({ scale }, fitted) => {
          setSight((old) => ({ ...old, scale }));
          clearTimeout(pause);
          pause = setTimeout(() => {
            latest.current.onView(fitted ? null : { scale, centre: created.centre });
          }, VIEW_PAUSE_MS);
        },
      };
      const created = new Stage(element, events);
      const { initialView: wanted } = latest.current;
      if (wanted) {
        created.look(wanted.centre, wanted.scale);
      }
      setStage(created);
      latest.current.onStage(created);
      return () => {
        clearTimeout(pause);
        created.destroy();
        setStage(null);
        latest.current.onStage(null);
      };
    },
    [hover],
  );
  return { stage, sight, canvas };
}

function useScene(stage: Stage | null, props: CanvasPaneProps): void {
  const { picture, size, objects, selected, changed } = props;
  const theme = useTheme((state) => state.theme);
  const hovered = useHover((state) => state.hovered);
  const scene = useMemo(() => drawables(objects), [objects]);
  const image = picture.status === "ready" ? picture.image : null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the tokens' values follow the theme
  useEffect(() => {
    stage?.setStyle({
      accent: token("--accent"),
      background: token("--bg"),
      placeholder: token("--surface"),
      fontFamily: '"Inter Variable", system-ui, sans-serif',
    });
  }, [stage, theme]);
  useEffect(() => stage?.setPicture(image, size), [stage, image, size]);
  useEffect(() => stage?.setDrawables(scene), [stage, scene]);
  useEffect(() => stage?.setHighlight({ hovered, selected }), [stage, hovered, selected]);
  useEffect(() => {
    if (stage && selected) {
      stage.reveal(selected);
    }
  }, [stage, selected]);
  useEffect(() => stage?.flash(changed), [stage, changed]);
}

function describe(name: string, objects: readonly LabelObject[]): string {
  const drawn = objects.filter(({ shape }) => shape !== null).length;
  return `Picture ${name} with ${drawn} ${drawn === 1 ? "label" : "labels"} drawn on it`;
}

const PAN_STEP = 60;
const ARROWS: Readonly<Record<string, readonly [dx: number, dy: number]>> = {
  ArrowLeft: [PAN_STEP, 0],
  ArrowRight: [-PAN_STEP, 0],
  ArrowUp: [0, PAN_STEP],
  ArrowDown: [0, -PAN_STEP],
};

/** The key of the label after (or before) the selected one; null past either end. */
function neighbour(objects: readonly LabelObject[], selected: string | null, step: 1 | -1) {
  const at = objects.findIndex(({ key }) => key === selected);
  const next = at < 0 ? (step > 0 ? 0 : objects.length - 1) : at + step;
  return objects[next]?.key ?? null;
}

/** The picture with its labels, filling its place; the wheel zooms, dragging moves. */
export function CanvasPane(props: CanvasPaneProps) {
  const { name, picture, objects, selected, onSelect } = props;
  const { stage, sight, canvas } = useStage(props);
  useScene(stage, props);
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const arrow = ARROWS[event.key];
    if (arrow) {
      event.preventDefault();
      stage?.pan(...arrow);
    } else if (event.key === "Tab") {
      const next = neighbour(objects, selected, event.shiftKey ? -1 : 1);
      if (next) {
        event.preventDefault();
      }
      onSelect(next);
    }
  };
  return (
    <div className="relative h-full min-w-0 overflow-hidden bg-bg">
      <canvas
        ref={canvas}
        tabIndex={0}
        role="img"
        aria-label={describe(name, objects)}
        onKeyDown={onKeyDown}
        className="absolute inset-0 size-full touch-none focus-visible:outline-offset-[-2px]"
      />
      {picture.status === "failed" ? (
        <div className="absolute inset-0 flex items-center justify-center p-6">
          <ErrorNotice title={`${name} can't be shown`} error={picture.error} />
        </div>
      ) : null}
      <ZoomBar stage={stage} sight={sight} />
    </div>
  );
}

function ZoomBar({ stage, sight }: { readonly stage: Stage | null; readonly sight: Sight }) {
  const { pointer, scale } = sight;
  return (
    <div className="pointer-events-none absolute inset-x-3 bottom-3 flex items-end justify-between">
      <div className="pointer-events-auto flex items-center rounded-control border border-line bg-surface">
        <IconButton name="Zoom out" shortcut="−" onClick={() => stage?.zoomOut()}>
          <Minus size={16} strokeWidth={1.5} />
        </IconButton>
        <span className="tabular w-12 text-center text-12" data-testid="zoom">
          {Math.round(scale * 100)}%
        </span>
        <IconButton name="Zoom in" shortcut="+" onClick={() => stage?.zoomIn()}>
          <Plus size={16} strokeWidth={1.5} />
        </IconButton>
        <IconButton name="Whole picture" shortcut="0" onClick={() => stage?.showAll()}>
          <Maximize size={16} strokeWidth={1.5} />
        </IconButton>
      </div>
      {pointer ? (
        <span
          data-testid="pointer"
          className="tabular rounded-control border border-line bg-surface px-2 py-0.5 font-mono text-11 text-muted"
        >
          {pixels(pointer.x)}, {pixels(pointer.y)}
        </span>
      ) : null}
    </div>
  );
}
