import { ALWAYS_SEED, faultTests } from './mix-tests.ts';
import { ESSENTIAL } from './mixes.ts';

faultTests({ mixes: ESSENTIAL, seed: ALWAYS_SEED, seconds: 10, half: 0 });
