/** Lets at most `width` pieces of work run at once, in the order they came. */
export function turnstile(width: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = width;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((go) => waiting.push(go));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
}

/** At most `width` items at once, the next as soon as one is done; answers in the order of the items. */
export function mapAtOnce<T, R>(
  items: readonly T[],
  width: number,
  map: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const turn = turnstile(width);
  return Promise.all(items.map((item) => turn(() => map(item))));
}
