import type { StopSignal } from '../../app/async/cancellation.js';

/** Says to every thread of a run whether it is to end. */
export type StopFlag = SharedArrayBuffer;

/** A flag that is up from the moment at which the signal is aborted; never without one. */
export function raisedBy(signal: StopSignal | undefined): StopFlag {
  const flag = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const raise = () => {
    Atomics.store(new Int32Array(flag), 0, 1);
  };
  if (signal?.aborted) raise();
  else signal?.addEventListener('abort', raise);
  return flag;
}

/** To be asked before anything is begun. */
export function isRaised(flag: StopFlag): () => boolean {
  const cells = new Int32Array(flag);
  return () => Atomics.load(cells, 0) === 1;
}
