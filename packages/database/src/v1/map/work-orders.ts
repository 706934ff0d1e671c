import { isObject, type JsonObject, type Mapping } from '../record.ts'
import { get, jsonOf, nameAt, nameOf, textOf } from './fields.ts'
import { type Item, itemRecord, type UserContext } from './file-kind.ts'
import { dateOf, draft, mapped, quarantined, say, shapeUnknown } from './mapping.ts'

/** `work_orders.id`: the same in every run, and no two users' orders share one. */
export const workOrderId = (userId: string, externalId: string): string => `${userId}-${externalId}`

/**
 * A job of `scraped_content.json`: one row of work_orders. One without a site's name goes by its store
 * number, or else by its id, and a note says so: a person would rather keep it.
 */
export function mapWorkOrder(item: Item, { userId }: UserContext): Mapping[] {
  const record = itemRecord(item)
  const { value } = record
  if (!isObject(value)) return [shapeUnknown(record, 'a work order')]
  const id = nameAt(value, 'id') ?? (typeof item.key === 'string' ? nameOf(item.key) : null)
  if (id === null) return [quarantined(record, 'ID_MISSING', 'The work order has no id.')]

  const row = draft(record)
  const customer = get(value, 'customer')
  const store = nameAt(customer, 'storeNumber')
  const name = nameOf(isObject(customer) ? get(customer, 'name') : customer)
  if (name === null) {
    say(
      row,
      'SITE_UNNAMED',
      `The site has no name: ${store ? 'its store number' : 'the id'} stands for it.`,
    )
  }
  const instructions = textOf(get(value, 'instructions'))
  const values = {
    id: workOrderId(userId, id),
    user_id: userId,
    external_id: id,
    site_name: name ?? store ?? id,
    ...addressOf(customer),
    store_number: store?.replace(/^#\s*/, '') || null,
    customer_url: nameAt(customer, 'storeUrl'),
    status: nameAt(value, 'status'),
    ...serviceOf(get(value, 'services')),
    ...visitOf(get(value, 'visits', 'nextVisit')),
    scheduled_date: dateOf(
      row,
      get(value, 'visits', 'nextVisit', 'date'),
      '/visits/nextVisit/date',
    ),
    instructions,
    notes: instructions ?? textOf(get(value, 'notes')),
    scraped_data: withoutHtml(value),
  }
  return [mapped(row, { table: 'work_orders', userId, identity: id, values })]
}

function addressOf(customer: unknown) {
  const address = get(customer, 'address')
  const street = nameOf(isObject(address) ? get(address, 'street') : address)
  return {
    address: street,
    street,
    city_state: nameAt(address, 'cityState'),
    county: nameAt(address, 'county'),
  }
}

/** V1 tells the service that counts by its code of four digits. */
function serviceOf(services: unknown) {
  const codeOf = (service: unknown) => nameAt(service, 'code')
  const list = Array.isArray(services) ? services : []
  const service = list.find((service) => /^\d{4}$/.test(codeOf(service) ?? ''))
  return {
    service_code: codeOf(service),
    service_description: textOf(get(service, 'description')),
    work_type: nameAt(service, 'type'),
    service_items: jsonOf(services),
  }
}

function visitOf(visit: unknown) {
  const url = nameAt(visit, 'url')
  return {
    visit_id: nameAt(visit, 'visitId'),
    visit_url: url,
    visit_number: url?.match(/\/visits\/(\d+)(?:[/?#]|$)/)?.[1] ?? null,
  }
}

/** The page's HTML is large, and stays in the copy of the whole file. */
function withoutHtml(value: JsonObject): JsonObject {
  const { rawHtml: _, ...rest } = value
  return rest
}
