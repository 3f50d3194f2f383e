-- Holds requests of a service without a ready replica until the first one is there.
-- Bounded per service (count and time, from slots.map: `<service id>:<generation>:<limit>:<ms>`) and
-- in all (the first argument); a held request costs one buffer, so the count bounds the bytes too.
-- Also holds a host that has no route yet, for a second at most (the second argument).

local held_max, route_seconds = tonumber((...)), tonumber((select(2, ...)))
local unrouted_max = held_max // 4
local slots = Map.new("slots.map", Map._str)
local hosts = Map.new("hosts.map", Map._str)
local held = {}
local held_total = 0

-- HAProxy 2.8 does not look at the client's side before it has chosen a server, so a client that
-- left keeps its place until the hold ends; then nothing is sent on for it (option abortonclose).
-- Given back by the collector as well, for a coroutine that is ended while it sleeps: without that
-- the place would be lost for ever.
local function give_back(place)
    if place.taken then
        place.taken = false
        held_total = held_total - 1
        local left = held[place.slot] - 1
        held[place.slot] = left > 0 and left or nil
    end
end

local place_type = { __gc = give_back, __close = give_back }

local function take(slot)
    held[slot] = (held[slot] or 0) + 1
    held_total = held_total + 1
    return setmetatable({ slot = slot, taken = true }, place_type)
end

local function now_ms()
    local now = core.now()
    return now.sec * 1000 + now.usec // 1000
end

-- The bounds of the slot while it still is the service's; nil when the service was deleted.
local function bounds(slot, service)
    local record = slots:lookup(slot)
    if record == nil then return nil end
    local owner, limit, ms = record:match("^([^:]+):%d+:(%d+):(%d+)$")
    if owner ~= service then return nil end
    return tonumber(limit), tonumber(ms)
end

-- Many sleepers wake seldom: at most about 50,000 looks a second however many wait.
local function pause_ms()
    return math.max(5, math.min(100, held_total // 50))
end

local function wait(slot, service, since)
    local limit, ms = bounds(slot, service)
    if limit == nil then return "gone" end
    if (held[slot] or 0) >= limit or held_total >= held_max then return "full" end
    -- Whoever starts replicas hears of the first one at once, not with the second's frame.
    if held[slot] == nil then core.log(core.info, '{"waits":"' .. service .. '"}') end
    local place <close> = take(slot)
    while core.backends[slot]:get_srv_act() == 0 do
        limit, ms = bounds(slot, service)
        if limit == nil then return "gone" end
        if now_ms() - since >= ms then return "late" end
        core.msleep(pause_ms())
    end
    return "ready"
end

core.register_action("hold", { "http-req" }, function(txn)
    local since = now_ms()
    local slot, service = txn:get_var("txn.slot"), txn:get_var("txn.service")
    txn:set_var("txn.held", wait(slot, service, since))
    txn:set_var("txn.held_ms", now_ms() - since)
end)

local unrouted = 0

local unrouted_type = {
    __close = function(place)
        if place.taken then
            place.taken = false
            unrouted = unrouted - 1
        end
    end,
}
unrouted_type.__gc = unrouted_type.__close

-- The route as soon as it is there. Too many at once find none at once: names are free to invent.
local function await_route(host, since)
    if unrouted >= unrouted_max then return nil end
    unrouted = unrouted + 1
    local place <close> = setmetatable({ taken = true }, unrouted_type)
    local route = hosts:lookup(host)
    while route == nil and now_ms() - since < route_seconds * 1000 do
        core.msleep(math.max(10, math.min(200, unrouted // 2)))
        route = hosts:lookup(host)
    end
    return route
end

core.register_action("await_route", { "http-req" }, function(txn)
    local route = await_route(txn:get_var("txn.host"), now_ms())
    if route ~= nil then txn:set_var("txn.route", route) end
end)

-- `show held` on the runtime socket: `<slot> <count>` for each slot that holds requests.
core.register_cli({ "show", "held" }, "show held : requests that wait for a replica", function(applet)
    local lines = {}
    for slot, count in pairs(held) do lines[#lines + 1] = slot .. " " .. count end
    applet:send(table.concat(lines, "\n") .. "\n")
end)
