import { faultTests } from './mix-tests.ts';

faultTests(1);
