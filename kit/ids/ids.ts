/** A weakly branded id: any string may become one, but an id of one kind never lands where another kind is due. */
export type Id<Kind extends string> = string & { readonly __kind?: Kind }
export type TenantId = Id<'tenant'>
export type PersonId = Id<'person'>
