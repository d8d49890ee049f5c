/** Theory: the picture and the list point at the same object; what is pointed at is shared here. */
import { create } from "zustand";

interface HoverState {
  readonly hovered: string | null;
  hover(key: string | null): void;
}

export const useHover = create<HoverState>((set, get) => ({
  hovered: null,
  hover: (key) => {
    if (get().hovered !== key) {
      set({ hovered: key });
    }
  },
}));
