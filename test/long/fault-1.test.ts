import { ALWAYS_SEED, faultTests } from '../fault/mix-tests.ts';
import { MIXES, OTHERS } from '../fault/mixes.ts';
import { commitSeed } from '../support/commit-seed.ts';

// Those that `npm test` leaves out, as it would run them, and all of them for longer with a seed of this commit.
faultTests({ mixes: OTHERS, seed: ALWAYS_SEED, seconds: 10, half: 0 });
faultTests({ mixes: MIXES, seed: commitSeed(), seconds: 20, half: 0 });
