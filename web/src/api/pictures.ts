/**
 * Theory: a frame's picture is decoded once and kept while it is near; the neighbours are fetched
 * ahead so that stepping shows them at once.
 */
import { useEffect, useState } from "react";
import { ApiError, ROOT } from "./http";

const KEPT = 12;

const kept = new Map<string, Promise<HTMLImageElement>>();

/** Address of a frame's picture in its original quality. */
export function pictureUrl(jobId: number, frame: number): string {
  const query = new URLSearchParams({ type: "frame", number: `${frame}`, quality: "original" });
  return new URL(`api/jobs/${jobId}/data?${query}`, ROOT).href;
}

function load(url: string): Promise<HTMLImageElement> {
  const known = kept.get(url);
  kept.delete(url);
  const loading = known ?? decode(url);
  kept.set(url, loading);
  loading.catch(() => kept.delete(url));
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT) {
      break;
    }
    kept.delete(oldest);
  }
  return loading;
}

async function decode(url: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
  } catch {
    throw new ApiError(
      0,
      "The picture of this frame can't be shown. Its labels are safe; reload the page, and if it " +
        "stays so, check the file that was uploaded.",
    );
  }
  return image;
}

export type PictureState =
  | { readonly status: "loading" }
  | { readonly status: "ready"; readonly image: HTMLImageElement }
  | { readonly status: "failed"; readonly error: Error };

/** The picture at an address; a picture that is kept is there with the first render after. */
export function usePicture(url: string | null): PictureState {
  const [state, setState] = useState<{ url: string | null; picture: PictureState }>({
    url: null,
    picture: { status: "loading" },
  });
  useEffect(() => {
    if (url === null) {
      return;
    }
    let wanted = true;
    const tell = (picture: PictureState): void => {
      if (wanted) {
        setState({ url, picture });
      }
    };
    load(url).then(
      (image) => tell({ status: "ready", image }),
      (error: Error) => tell({ status: "failed", error }),
    );
    return () => {
      wanted = false;
    };
  }, [url]);
  return state.url === url ? state.picture : { status: "loading" };
}

/** Fetches pictures ahead; failures are told when the picture is really wanted. */
export function prefetchPictures(urls: readonly string[]): void {
  for (const url of urls) {
    load(url).catch(() => undefined);
  }
}
