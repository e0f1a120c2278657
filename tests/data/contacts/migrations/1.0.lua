return {
  to = "1.1",
  about = "gives names two columns, and addresses a table of their own",
  schema = function(db)
    db:add_column("person", {name = "first_name", type = "text(40)"}, "region")
    db:add_column("person", {name = "last_name", type = "text(40)", null = false, default = ""}, "region")
    db:drop_key("person", "person_by_name")
    db:drop_column("person", "name")
    db:drop_column("person", "street")
    db:drop_column("person", "city")
    db:add_key("person", {name = "person_by_last_name", columns = {"last_name"}})
    db:add_table {
      name = "address",
      columns = {
        {name = "person_id", type = "int64", null = false},
        {name = "street", type = "text(80)"},
        {name = "city", type = "text(40)"},
      },
      primary_key = {"person_id"},
      foreign_keys = {{columns = {"person_id"}, to = "person", to_columns = {"id"}}},
    }
  end,
  tables = {
    person = {
      emits = {"address"},
      row = function(row, ctx)
        local first, last = row.name:match("^(%S+)%s+(.+)$")
        row.first_name = first or null
        row.last_name = last or row.name
        if row.street ~= null or row.city ~= null then
          ctx:emit("address", {person_id = row.id, street = row.street, city = row.city})
        end
        return row
      end,
    },
  },
}
