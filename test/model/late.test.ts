import { modelTest } from './model-test.ts';

modelTest('over a log that is late', { late: true });
