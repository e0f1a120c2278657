-- Companies get numbers behind those of the persons.
local shift = 1000
-- Roles are numbered anew, in the order of their codes as the application has them now.
local roles = {boss = 1, clerk = 2, guest = 3}

return {
  to = "3.0",
  about = "persons and companies become partners, roles are numbered anew, nobody's shoes matter",
  schema = function(db)
    db:drop_column("person", "shoe_size")
    db:rename_table("person", "partner")
    db:add_column("partner", {name = "vat_number", type = "text(20)"})
    db:rename_column("partner", "last_name", "name")
    db:merge_table("company", "partner")
    db:rename_column("visit", "person_id", "partner_id")
    db:rename_column("address", "person_id", "partner_id")
    db:rename_column("account", "person_id", "partner_id")
    db:change_column("visit", "noted", {type = "decimal(10,3)"})
  end,
  updates = {"department"},
  tables = {
    company = function(row)
      row.id = row.id + shift
      return row
    end,
    person = function(row, ctx)
      if row.role_id ~= null then
        row.role_id = row.role_id == 1 and roles.clerk or row.role_id == 2 and roles.boss or roles.guest
      end
      return row
    end,
    role = function(row, ctx)
      local id = roles[row.code]
      if not id then
        ctx:warn("role '" .. row.code .. "' is not known any more")
        return nil
      end
      row.id = id
      return row
    end,
  },
  after_load = function(ctx)
    ctx:update("department", 2, {head_id = 3})
  end,
}
