/** Where this room tells an operator what happens; pino and Fastify's loggers are that. */
export interface AuthLog {
  info(about: object, text: string): void;
  warn(about: object, text: string): void;
}
