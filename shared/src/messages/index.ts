export * from './client.ts';
export * from './put-answers.ts';
export * from './server.ts';
export * from './session.ts';
export * from './subscription.ts';
