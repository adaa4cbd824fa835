/** An error as Node has it. */
export class DiskFault extends Error {
  readonly code: string;

  constructor(code: string, name: string) {
    super(`${code}: simulated, '${name}'`);
    this.code = code;
  }
}
