import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, Response } from 'express';
import { execute } from 'graphql';
import { z } from 'zod';
import type { Handler } from './access.ts';
import type { ContactCenterOptions } from './options.ts';
import { Refusal } from './refusal.ts';
import { createDocuments, type ReportedError } from './search-documents.ts';
import { createSearchResolvers, type SearchDeps } from './search-resolvers.ts';
import { createSearchSchema } from './search-schema.ts';

const SearchBody = z.object({
  query: z.string().min(1),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
});

/** `POST /search?orgId=`: developer.webex.com/webex-contact-center/docs/api/v1/search */
export function createSearch(deps: SearchDeps): Handler {
  const { options } = deps;
  const schema = createSearchSchema(options);
  const check = createDocuments(schema);
  const rootValue = createSearchResolvers(deps);

  return async (caller, request, response) => {
    checkOrg(request.query['orgId'], caller.orgUuid);
    const body = SearchBody.safeParse(request.body);
    if (!body.success) throw new Refusal(400, 'The body needs a query and may have variables');
    const variableValues = body.data.variables ?? {};
    const { document, errors, lacksArguments, required } = check(body.data.query);
    if (lacksArguments || required.some((name) => variableValues[name] == null)) {
      throw new Refusal(400, 'Validation error (MissingFieldArgument)');
    }
    if (!document) {
      sendErrors(errors, options, response);
      return;
    }
    const result = await execute({
      schema,
      document,
      rootValue,
      variableValues,
      operationName: body.data.operationName,
    });
    if (result.errors) {
      for (const { originalError } of result.errors) {
        if (originalError instanceof Refusal) throw originalError;
      }
      sendErrors(result.errors, options, response);
      return;
    }
    await send({ data: result.data }, options, request, response);
  };
}

function checkOrg(orgId: unknown, orgUuid: string) {
  if (orgId === undefined) return;
  if (!z.guid().safeParse(orgId).success) throw new Refusal(400, 'orgId is not a UUID');
  if (orgId !== orgUuid) throw new Refusal(403, 'orgId is not the organization of the token');
}

function sendErrors(
  errors: readonly ReportedError[],
  { graphqlErrorsAs }: ContactCenterOptions,
  response: Response,
) {
  response.status(graphqlErrorsAs).json({
    data: null,
    errors: errors.map(({ message, locations }) => ({
      message,
      locations: locations ?? [],
      extensions: { classification: 'ValidationError' },
    })),
  });
}

const compress = promisify(gzip);
const compressedFromBytes = 1024 * 1024;

async function send(
  body: unknown,
  { absentMembers }: ContactCenterOptions,
  request: Request,
  response: Response,
) {
  const dropNull = (_key: string, value: unknown) => (value === null ? undefined : value);
  const text = JSON.stringify(body, absentMembers === 'missing' ? dropNull : undefined);
  const bytes = Buffer.from(text, 'utf8');
  const wanted = /\bgzip\b/.test(request.get('accept-encoding') ?? '');
  response.set('content-type', 'application/json');
  if (wanted && bytes.length > compressedFromBytes) {
    response.set('content-encoding', 'gzip').end(await compress(bytes));
  } else {
    response.end(bytes);
  }
}
