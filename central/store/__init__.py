"""Everything that central keeps, and the only SQL of central.

`Store.open(url, evidence_dir)` gives one object with a module per noun. All methods are synchronous and safe
to call from any thread; each write is one transaction, durable when the call returns::

    store = Store.open("sqlite:////var/lib/smartgate/central.db", Path("/var/lib/smartgate/evidence"))
    store.close()
    store.on_commit(callback: Callable[[], None]) -> Callable[[], None]     # called after events; returns "stop"

    store.passages.list(*, site=None, lane=None, direction=None, outcome=None, plate_part=None, since=None,
                        until=None, cursor=None, limit=50) -> Page[PassageRecord]      # newest first
    store.passages.get(passage_id: UUID) -> PassageRecord | None
    store.declarations.list(*, gate=None, direction=None, outcome=None, state=None, plate_part=None, since=None,
                            until=None, cursor=None, limit=50) -> Page[DeclarationRecord]
    store.declarations.get(declaration_id: str) -> DeclarationRecord | None
    store.connectors.list() -> tuple[ConnectorRecord, ...];  .files(*, limit=50) -> tuple[FileRecord, ...]
    store.write_backs.list(*, limit=100) -> tuple[WriteBackRecord, ...]     # what the platform is told
    store.outcomes.counts(*, since, until, site=None) -> tuple[TrafficCount, ...]
    store.cameras.list(*, site=None) -> tuple[CameraRecord, ...]            # worst first
    store.cameras.get(site, node, camera) -> CameraRecord | None
    store.cameras.picture(site, node, camera) -> bytes | None               # JPEG
    store.cameras.snapshot(site, node, camera) -> bytes | None              # JPEG, large
    store.nodes.list(*, site=None) -> tuple[NodeRecord, ...]
    store.nodes.get(site, node) -> NodeRecord | None
    store.lanes.list(*, site=None) -> tuple[LaneRecord, ...]
    store.lanes.sites() -> tuple[str, ...]
    store.commands.get(command_id: UUID) -> CommandRecord | None
    store.commands.list(*, site=None, node=None, camera=None, passage_id=None, kinds=(), done=None,
                        limit=50) -> tuple[CommandRecord, ...]              # the latest first
    store.events.after(event_id: int, limit: int = 500) -> tuple[EventRecord, ...]
    store.events.latest_id() -> int                                         # 0 when there is none
    store.evidence.path(sha256: str) -> Path | None                         # None: unknown or not yet arrived
    store.dead_letters.list(*, limit=100) -> tuple[DeadLetterRecord, ...]

    store.register.list(*, site=None, kind=None) -> tuple[DeviceRecord, ...]
    store.register.get(device_id) / .of_camera(site, node, camera) / .of_node(site, node) -> DeviceRecord | None
    store.register.changes(device_id) -> tuple[RegisterChange, ...]         # the latest first
    store.register.unit(name) -> UnitRecord | None;  .units()
    store.device_files.of(device_id) -> tuple[DeviceFile, ...];  .content(sha256) -> bytes | None

    store.history.runs(device: DeviceKey, *, since=None) -> Sequence[Run]   # by their begin; see `history`
    store.windows.list(*, ending_after=None) -> tuple[MaintenanceWindow, ...]
    store.tickets.list(*, states=(), of=None, device=None, overdue_at=None, limit=200) -> tuple[Ticket, ...]
    store.tickets.get(ticket_id) -> Ticket | None;  .entries(ticket_id);  .devices(ticket_ids);  .picture(sha256)
    store.notices.list(*, limit=100) -> tuple[Delivery, ...]                # the latest first

    store.users.add(name, role, password_hash, *, must_change_password, at) -> UserRecord   # StoreError: name taken
    store.users.get(user_id) / .by_name(name) -> UserRecord | None;  .list();  .count() -> int
    store.users.set_password(user_id, password_hash, *, must_change_password)
    store.users.set_role(user_id, role);  .set_disabled(user_id, disabled)
    store.sessions.add(token_hash, user_id, csrf_token, *, at, expires_at) -> SessionRecord
    store.sessions.get(token_hash, *, now) -> SessionRecord | None          # None when expired
    store.sessions.remove(token_hash);  .remove_of(user_id);  .remove_expired(now)
    store.api_keys.add(name, scopes, key_hash, *, at) -> ApiKeyRecord
    store.api_keys.by_hash(key_hash) -> ApiKeyRecord | None                 # also revoked ones: look at revoked_at
    store.api_keys.list();  .revoke(key_id, *, at);  .used(key_id, *, at)
"""

from central.store.store import Store

__all__ = ["Store"]
