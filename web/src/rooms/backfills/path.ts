import { seg } from '../../app/link.tsx';

export const backfillPath = (id: string): string => `/backfills/${seg(id)}`;
