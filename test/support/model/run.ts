import { checkEnd, checkLedger, checkRest } from './check.ts';
import { perform } from './perform.ts';
import type { Step } from './steps.ts';
import { setWindow } from './window.ts';
import { type Setting, World } from './world.ts';

/** Runs some steps, brings everything to rest, and holds what became of it against the ledger. */
export async function run(setting: Setting, steps: readonly Step[]): Promise<World> {
  const world = await World.begin(setting);
  const restoreWindow = setWindow(world.windowBytes);
  const restoreTime = stepTime(world.random);
  try {
    world.join(undefined);
    for (const step of steps) await perform(world, step);
    await world.rest();
    checkRest(world);
    const held = await world.server.held();
    const open = world.subscribers.filter(({ closedAt }) => !closedAt);
    await world.end();
    // Closed at the end, to receive the last gaps, they still count as open.
    for (const subscriber of open) subscriber.closedAt = undefined;
    checkLedger(world, held);
    checkEnd(world);
    return world;
  } finally {
    restoreTime();
    restoreWindow();
  }
}

/** How long a turn takes decides where it is broken off; here that is drawn, not measured. */
function stepTime(random: () => number): () => void {
  let now = 0;
  performance.now = () => {
    now += random() * 4;
    return now;
  };
  return () => {
    Reflect.deleteProperty(performance, 'now');
  };
}
