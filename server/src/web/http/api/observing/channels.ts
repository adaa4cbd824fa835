import { channelFault, ZerospanError } from '@zerospan/shared';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Requester } from '../../../../core/access/requester.ts';
import type { ObservedChannels } from '../../../../core/observing/channels.ts';
import { CHANNEL, CHANNELS } from '../openapi/observing.ts';
import type { ChannelName, ChannelsQuery } from './schemas/channels.ts';
import { pageOf } from './schemas/page.ts';
import type { ReadsUnderWay } from './under-way.ts';

export interface ChannelsOptions {
  readonly channels: Pick<ObservedChannels, 'page' | 'detail'>;
  readonly underWay: ReadsUnderWay;
  /** Who makes a request that has passed the hooks of the API. */
  readonly requesterOf: (request: FastifyRequest) => Requester;
}

/** Adds `GET /channels` and `GET /channels/NAME`. */
export function addChannels(
  scope: FastifyInstance,
  { channels, underWay, requesterOf }: ChannelsOptions,
): void {
  scope.get<{ Querystring: ChannelsQuery }>('/channels', {
    config: { problemDetails: true },
    exposeHeadRoute: false,
    schema: CHANNELS,
    handler: (request) => {
      const { query } = request;
      const { prefix = '', sort = 'name', separator = '' } = query;
      return underWay.run(requesterOf(request).user, () =>
        channels.page({ prefix, sort, separator, ...pageOf(query) }),
      );
    },
  });
  scope.get<{ Params: ChannelName }>('/channels/*', {
    config: { problemDetails: true },
    exposeHeadRoute: false,
    schema: CHANNEL,
    handler: (request) => {
      const { '*': name } = request.params;
      const fault = channelFault(name);
      if (fault !== undefined)
        throw new ZerospanError('bad-channel', `${fault[0]?.toUpperCase()}${fault.slice(1)}.`);
      return underWay.run(requesterOf(request).user, () => channels.detail(name));
    },
  });
}
