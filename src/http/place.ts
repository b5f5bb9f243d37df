/** Cursors of lists that are counted. */
import { problemOf } from '../api/problems.ts';
import { fail, ok } from '../base/result.ts';

/** The cursor of a list that is counted: where its next page begins. */
export function placeOf({ cursor = '0' }: { readonly cursor?: string | undefined }) {
  const place = Number(cursor);
  if (Number.isSafeInteger(place) && place >= 0) return ok(place);
  return fail(problemOf('QUERY_INVALID', 'cursor: give back what the page before returned'));
}
