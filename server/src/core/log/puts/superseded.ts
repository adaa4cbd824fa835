import { ZerospanError } from '@zerospan/shared';

/**
 * An append was left out since its fence does not stand: another node reads the same source now. Whether that one has
 * had the same message, nobody knows.
 */
export class Superseded extends ZerospanError {
  readonly fence: number;

  constructor(fence: number) {
    super('outcome-unknown', 'Another node reads that source now.');
    this.fence = fence;
  }
}
