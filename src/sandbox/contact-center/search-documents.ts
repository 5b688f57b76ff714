import {
  type ASTNode,
  type DocumentNode,
  FieldsOnCorrectTypeRule,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  KnownArgumentNamesRule,
  NoSchemaIntrospectionCustomRule,
  ProvidedRequiredArgumentsRule,
  parse,
  specifiedRules,
  type ValidationRule,
  validate,
  visit,
} from 'graphql';

export type ReportedError = Pick<GraphQLError, 'message' | 'locations'>;

export interface CheckedDocument {
  readonly document: DocumentNode | undefined;
  readonly errors: readonly ReportedError[];
  /** A required argument is absent, which the service refuses in another way than other mistakes. */
  readonly lacksArguments: boolean;
  /** Variables that must have a value. */
  readonly required: readonly string[];
}

const mostDocuments = 200;

/** Parses and validates; a text seen before is not checked again. */
export function createDocuments(schema: GraphQLSchema): (query: string) => CheckedDocument {
  const known = new Map<string, CheckedDocument>();
  return (query) => {
    const found = known.get(query);
    if (found) return found;
    if (known.size >= mostDocuments) known.clear();
    const checked = check(schema, query);
    known.set(query, checked);
    return checked;
  };
}

const rules = [...specifiedRules, NoSchemaIntrospectionCustomRule];

/** What the service, which is written in another language, calls the mistakes. */
const ruleNames = new Map<ValidationRule, string>([
  [FieldsOnCorrectTypeRule, 'FieldUndefined'],
  [KnownArgumentNamesRule, 'UnknownArgument'],
  [ProvidedRequiredArgumentsRule, 'MissingFieldArgument'],
]);

function check(schema: GraphQLSchema, query: string): CheckedDocument {
  try {
    const document = parse(query);
    const errors = rules.flatMap((rule) =>
      validate(schema, document, [rule]).map((error) => report(rule, error, document)),
    );
    return {
      document: errors.length === 0 ? document : undefined,
      errors,
      lacksArguments: validate(schema, document, [ProvidedRequiredArgumentsRule]).length > 0,
      required: requiredVariables(document),
    };
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const { message, locations } = error;
    const reported = { message: `Invalid Syntax : ${message}`, locations };
    return { document: undefined, errors: [reported], lacksArguments: false, required: [] };
  }
}

function report(rule: ValidationRule, error: GraphQLError, document: DocumentNode): ReportedError {
  const name = ruleNames.get(rule) ?? rule.name.replace(/Rule$/, '');
  const place = fieldPath(document, error.nodes?.[0]);
  const at = place.length > 0 ? `@[${place.join('/')}]` : '';
  return {
    message: `Validation error (${name}${at}) : ${error.message}`,
    locations: error.locations,
  };
}

/** The fields around a node, from the root to the node itself. */
function fieldPath(document: DocumentNode, wanted: ASTNode | undefined): string[] {
  const open: string[] = [];
  let found: string[] = [];
  visit(document, {
    enter(node) {
      if (node.kind === Kind.FIELD) open.push(node.name.value);
      if (node === wanted) found = [...open];
    },
    leave(node) {
      if (node.kind === Kind.FIELD) open.pop();
    },
  });
  return found;
}

function requiredVariables(document: DocumentNode): string[] {
  return document.definitions
    .flatMap((node) =>
      node.kind === Kind.OPERATION_DEFINITION ? (node.variableDefinitions ?? []) : [],
    )
    .filter(({ type, defaultValue }) => type.kind === Kind.NON_NULL_TYPE && !defaultValue)
    .map(({ variable }) => variable.name.value);
}
