-- A person with two accounts has two rows, numbered in their order.
local function accounts(row, ctx)
  for _, column in ipairs {"account1", "account2"} do
    local iban = row[column]
    if iban ~= null and iban ~= "" then
      ctx:emit("account", {id = ctx:next_number("accounts", "id"), person_id = row.id, iban = iban:gsub(" ", "")})
    end
  end
end

-- The number of the region that is called so, which is made if there is none.
local function region(name, ctx)
  if name == null then
    return null
  end
  local id = ctx:lookup("regions", name)
  if not id then
    id = ctx:next_number("regions", "id")
    ctx:emit("region", {id = id, name = name})
  end
  return id
end

return {
  to = "2.0",
  about = "makes regions a table, and accounts rows",
  schema = function(db)
    db:add_table {
      name = "region",
      columns = {{name = "id", type = "int64", null = false}, {name = "name", type = "text(40)", null = false}},
      primary_key = {"id"},
      unique = {{name = "region_by_name", columns = {"name"}}},
    }
    db:add_table {
      name = "account",
      columns = {
        {name = "id", type = "int64", null = false},
        {name = "person_id", type = "int64", null = false},
        {name = "iban", type = "text(34)", null = false},
      },
      primary_key = {"id"},
      foreign_keys = {{columns = {"person_id"}, to = "person", to_columns = {"id"}}},
    }
    for _, table in ipairs {"person", "company"} do
      db:add_column(table, {name = "region_id", type = "int64"}, "region")
      db:drop_column(table, "region")
      db:add_foreign_key(table, {columns = {"region_id"}, to = "region", to_columns = {"id"}})
    end
    db:drop_column("person", "account1")
    db:drop_column("person", "account2")
  end,
  needs = {
    regions = {table = "region", keys = {"name"}, values = {"id"}},
    accounts = {table = "account", keys = {"iban"}, values = {"id"}},
  },
  tables = {
    company = {
      emits = {"region"},
      row = function(row, ctx)
        row.region_id = region(row.region, ctx)
        return row
      end,
    },
    person = {
      emits = {"region", "account"},
      row = function(row, ctx)
        row.region_id = region(row.region, ctx)
        accounts(row, ctx)
        return row
      end,
    },
  },
}
