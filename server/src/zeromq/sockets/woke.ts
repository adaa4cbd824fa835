/** Whether a receive rejected because nothing was there after all: no reason to end a read loop. */
export function wokeForNothing(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'EAGAIN';
}
