/** A promise that is settled from outside, whose rejection nobody has to handle. */
export class Readiness {
  fulfil: () => void = () => {};
  fail: (error: Error) => void = () => {};
  readonly promise: Promise<void>;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.fulfil = resolve;
      this.fail = reject;
    });
    this.promise.catch(() => {});
  }
}
