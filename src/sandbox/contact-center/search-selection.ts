import { type GraphQLResolveInfo, Kind, type SelectionSetNode, valueFromASTUntyped } from 'graphql';

/** A field selected below `tasks`, with the order it asks for. */
export interface SelectedField {
  readonly path: readonly string[];
  readonly sort: 'asc' | 'desc' | undefined;
}

/** The leaves selected in `tasks { … }`, fragments included, in the order of the query. */
export function selectedTaskFields(info: GraphQLResolveInfo): SelectedField[] {
  const found: SelectedField[] = [];
  for (const node of info.fieldNodes) collect(node.selectionSet, [], info, found);
  return found
    .filter(({ path }) => path[0] === 'tasks')
    .map(({ path, sort }) => ({ path: path.slice(1), sort }));
}

function collect(
  selection: SelectionSetNode | undefined,
  path: readonly string[],
  info: GraphQLResolveInfo,
  found: SelectedField[],
): void {
  for (const node of selection?.selections ?? []) {
    if (node.kind === Kind.FRAGMENT_SPREAD) {
      collect(info.fragments[node.name.value]?.selectionSet, path, info, found);
    } else if (node.kind === Kind.INLINE_FRAGMENT) {
      collect(node.selectionSet, path, info, found);
    } else if (node.selectionSet) {
      collect(node.selectionSet, [...path, node.name.value], info, found);
    } else {
      const sortArgument = node.arguments?.find(({ name }) => name.value === 'sort');
      const sort = sortArgument && valueFromASTUntyped(sortArgument.value, info.variableValues);
      found.push({
        path: [...path, node.name.value],
        sort: sort === 'asc' || sort === 'desc' ? sort : undefined,
      });
    }
  }
}
