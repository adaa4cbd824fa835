import type { TimeSlicer } from '../../server/src/core/time-slicer.ts';

/** Does all pieces of a work in one turn. */
export const atOnce: Pick<TimeSlicer, 'run'> = {
  run: async (work) => {
    for (;;) {
      const { done, value } = work.next();
      if (done) return value;
    }
  },
};
