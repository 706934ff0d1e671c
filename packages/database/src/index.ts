export { getMigrationManager, type ManagerOptions, type MigrationManager } from './manager.ts'
export { searchWorkOrders, type WorkOrderMatch } from './search.ts'
export { runMigrationsOnStartup, type StartupOptions } from './startup.ts'
