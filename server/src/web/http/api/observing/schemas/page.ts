import * as Type from '../../../../../schema.ts';

/** Most rows of one page. */
const LIMIT = { usual: 100, most: 1_000 } as const;

/** What every list takes. */
export const PageParameters = {
  search: Type.Optional(
    Type.String({ maxLength: 255, description: 'Only rows that contain this text, whatever its case.' }),
  ),
  skip: Type.Optional(Type.Integer({ minimum: 0, description: 'Rows before the page. Default: 0.' })),
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: LIMIT.most,
      description: `Rows of the page. Default: ${LIMIT.usual}.`,
    }),
  ),
};

interface PageQuery {
  readonly search?: string;
  readonly skip?: number;
  readonly limit?: number;
}

export function pageOf({ search = '', skip = 0, limit = LIMIT.usual }: PageQuery): Required<PageQuery> {
  return { search, skip, limit };
}
