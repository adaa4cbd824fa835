import { modelTest } from './model-test.ts';

modelTest('over a log that answers at once', { late: false });
